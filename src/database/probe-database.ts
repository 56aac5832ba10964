import pg from 'pg';
import type { Config } from '../config/config.js';
import { postgresAccess } from './data-source.js';
import { asStartFailure } from './failures.js';

/** Connects once, to see whether PostgreSQL can be reached. Fails as `openDatabase`; the embedded one is always there. */
export async function probeDatabase({ databaseUrl }: Pick<Config, 'databaseUrl'>): Promise<void> {
  if (databaseUrl === null) return;
  const client = new pg.Client(postgresAccess(databaseUrl).service);
  // A connection that breaks later says so here too; `connect` and `end` have said it already.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw asStartFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
