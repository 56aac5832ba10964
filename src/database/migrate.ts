import type { PoolConfig } from 'pg';
import { MigrationExecutor, type QueryRunner } from 'typeorm';
import type { Logger } from '../observability/logger.js';
import { openDataSource } from './data-source.js';
import { DatabaseUnusable } from './failures.js';

/** Any number that no other program on the same database uses for an advisory lock: "lattice" in ASCII. */
const MIGRATION_LOCK = 0x6c617474696365n;

/** PostgreSQL 13, as `server_version_num` says it. */
const OLDEST_VERSION = 130_000;

/**
 * Brings the tables up to date, in one transaction.
 *
 * Everything happens on one connection of its own, which holds an advisory lock meanwhile: of several daemons that
 * start on one database the first does the work, and the others find it done.
 */
export async function migrate(config: PoolConfig, logger: Logger): Promise<void> {
  const dataSource = await openDataSource(config, logger);
  const runner = dataSource.createQueryRunner();
  try {
    requireSupportedVersion(await versionOf(runner));
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await new MigrationExecutor(dataSource, runner).executePendingMigrations();
    // On a server the end of the connection frees it too; the embedded database has but one session, which stays.
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    if (done.length > 0)
      logger.info('The tables were brought up to date.', { migrations: done.map(({ name }) => name) });
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** Fails with `DatabaseUnusable` below PostgreSQL 13; `version` as in `server_version_num`, 130004 for 13.4. */
export function requireSupportedVersion(version: number): void {
  if (version >= OLDEST_VERSION) return;
  throw new DatabaseUnusable(
    `The database is PostgreSQL ${Math.floor(version / 10_000)}, and this needs ${OLDEST_VERSION / 10_000} or newer: ` +
      'give another in LATTICE_DATABASE_URL, or leave that out for the embedded database.',
  );
}

async function versionOf(runner: QueryRunner): Promise<number> {
  const [row] = (await runner.query('SHOW server_version_num')) as { server_version_num: string }[];
  return Number(row?.server_version_num);
}
