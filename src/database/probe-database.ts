import pg from 'pg';
import type { Config } from '../config/config.js';
import { postgresAccess } from './data-source.js';
import { asStartFailure, DatabaseUnusable, isUnavailable } from './failures.js';

/** Connects once, to see whether PostgreSQL can be reached. Fails as `openDatabase`; the embedded one is always there. */
export async function probeDatabase({ databaseUrl }: Pick<Config, 'databaseUrl'>): Promise<void> {
  if (databaseUrl === null) return;
  const client = clientOf(databaseUrl);
  // A connection that breaks later says so here too; `connect` and `end` have said it already.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw isUnavailable(error) || 'code' in (error as Error) ? asStartFailure(error) : unusable(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The URL may name files of certificates, which are read here. */
function clientOf(databaseUrl: string): pg.Client {
  try {
    return new pg.Client(postgresAccess(databaseUrl).service);
  } catch (error) {
    throw unusable(error);
  }
}

/** TLS that one side does not speak, a certificate that cannot be read or trusted, a password that is missing. */
function unusable(error: unknown): DatabaseUnusable {
  const why = error instanceof Error ? error.message : String(error);
  return new DatabaseUnusable(`PostgreSQL cannot be used: ${why} (see LATTICE_DATABASE_URL).`, {
    cause: error,
  });
}
