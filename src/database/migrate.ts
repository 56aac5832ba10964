import type { PoolConfig } from 'pg';
import { MigrationExecutor, type QueryRunner } from 'typeorm';
import type { Migrations } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import { openDataSource } from './data-source.js';
import { DatabaseUnusable } from './failures.js';
import { MIGRATIONS, migrationNames } from './migrations/all.js';

/** Any number that no other program on the same database uses for an advisory lock: "lattice" in ASCII. */
const MIGRATION_LOCK = 0x6c617474696365n;

/** PostgreSQL 13, as `server_version_num` says it. */
const OLDEST_VERSION = 130_000;

/** The names of migrations, oldest first. */
export interface MigrationState {
  readonly done: readonly string[];
  readonly pending: readonly string[];
}

interface Bench {
  readonly executor: MigrationExecutor;
  readonly state: MigrationState;
}

/**
 * Brings the tables up to date, in one transaction; with `manual` it refuses where anything is pending. Answers the
 * names of what was done.
 *
 * Everything happens on one connection of its own, which holds an advisory lock meanwhile: of several daemons that
 * start on one database the first does the work, and the others find it done.
 */
export async function migrate(
  config: PoolConfig,
  logger: Logger,
  mode: Migrations = 'auto',
  migrations = MIGRATIONS,
): Promise<readonly string[]> {
  return underLock(config, logger, migrations, async ({ executor, state }) => {
    if (state.pending.length === 0) return [];
    if (mode === 'manual') throw pendingRefusal(state.pending);
    await executor.executePendingMigrations();
    logger.info('The tables were brought up to date.', { migrations: state.pending });
    return state.pending;
  });
}

/** What `migrate` would do; changes nothing. */
export function readMigrations(config: PoolConfig, logger: Logger): Promise<MigrationState> {
  return underLock(config, logger, MIGRATIONS, ({ state }) => Promise.resolve(state));
}

/** Takes back the latest migration, before an older release is installed. Answers its name. */
export async function undoLastMigration(config: PoolConfig, logger: Logger): Promise<string> {
  return underLock(config, logger, MIGRATIONS, async ({ executor, state }) => {
    const last = state.done.at(-1);
    if (last === undefined || state.done.length === 1) {
      throw new DatabaseUnusable(
        'There is nothing before the first migration to go back to. To begin anew, give the daemon an empty database.',
      );
    }
    await executor.undoLastMigration();
    logger.info('A migration was taken back.', { migration: last });
    return last;
  });
}

/** Fails with `DatabaseUnusable` below PostgreSQL 13; `version` as in `server_version_num`, 130004 for 13.4. */
export function requireSupportedVersion(version: number): void {
  if (version >= OLDEST_VERSION) return;
  throw new DatabaseUnusable(
    `The database is PostgreSQL ${Math.floor(version / 10_000)}, and this needs ${OLDEST_VERSION / 10_000} or newer: ` +
      'give another in LATTICE_DATABASE_URL, or leave that out for the embedded database.',
  );
}

/** Which of our migrations a database lacks. Fails with `DatabaseUnusable` where a newer release was at work on it. */
export function compareMigrations(ours: readonly string[], done: readonly string[]): MigrationState {
  const newer = done.filter((name) => !ours.includes(name));
  if (newer.length > 0) {
    throw new DatabaseUnusable(
      `The database was brought up to date by a newer release: this one does not know ${newer.join(', ')}. Install that ` +
        'release again, or let it run "npx lattice migrate --undo" once for each of them before this one starts.',
    );
  }
  return { done, pending: ours.filter((name) => !done.includes(name)) };
}

async function underLock<T>(
  config: PoolConfig,
  logger: Logger,
  migrations: typeof MIGRATIONS,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const dataSource = await openDataSource(config, logger, migrations);
  const runner = dataSource.createQueryRunner();
  try {
    requireSupportedVersion(await versionOf(runner));
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      const state = compareMigrations(migrationNames(migrations), await doneOn(runner));
      return await work({ executor: new MigrationExecutor(dataSource, runner), state });
    } finally {
      // On a server the end of the connection frees it too; the embedded database has but one session, which stays.
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    }
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** TypeORM would make its table by asking for it. */
async function doneOn(runner: QueryRunner): Promise<string[]> {
  const [row] = (await runner.query(`SELECT to_regclass('migrations') IS NOT NULL AS there`)) as {
    there: boolean;
  }[];
  if (row?.there !== true) return [];
  const rows = (await runner.query('SELECT name FROM migrations ORDER BY id')) as { name: string }[];
  return rows.map(({ name }) => name);
}

function pendingRefusal(pending: readonly string[]): DatabaseUnusable {
  return new DatabaseUnusable(
    `The database lacks migrations, and LATTICE_MIGRATIONS=manual leaves them to you: ${pending.join(', ')}. ` +
      'Make a backup, then run: npx lattice migrate',
  );
}

async function versionOf(runner: QueryRunner): Promise<number> {
  const [row] = (await runner.query('SHOW server_version_num')) as { server_version_num: string }[];
  return Number(row?.server_version_num);
}
