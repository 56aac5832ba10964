import type { TestProject } from 'vitest/node';
import { NO_POSTGRES, startPostgres } from './postgres.js';
import { roomyFolder } from './roomy-folder.js';
import { beginRecord } from './suite-record.js';

/** A quick place for files, and one PostgreSQL for the whole run: the one that is given, else one that is started, else none. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env.TMPDIR ??= roomyFolder();
  beginRecord();
  const given = process.env.LATTICE_TEST_DATABASE_URL ?? null;
  const server = given === null ? await startPostgres() : null;
  const url = given ?? server?.url ?? null;
  project.provide('postgresUrl', url);
  project.provide('postgresMissing', url === null ? NO_POSTGRES : null);
  if (url === null) console.warn(`Tests on PostgreSQL are skipped: ${NO_POSTGRES}.`);
  return async () => server?.remove();
}
