import { join } from 'node:path';
import type { Logger } from '../observability/logger.js';
import { exists } from '../platform/exists.js';
import type { DatabaseKind } from './database.js';
import { asStartFailure } from './failures.js';
import { migrate, readMigrations, undoLastMigration } from './migrate.js';
import { migrationNames } from './migrations/all.js';
import { type DatabasePlace, reachDatabase } from './open-database.js';

export interface MigrationReport {
  readonly database: DatabaseKind;
  /** By name, oldest first; what is pending before anything was done. */
  readonly pending: readonly string[];
  readonly done: readonly string[];
  readonly undone: readonly string[];
}

export type MigrationAction = 'show' | 'run' | 'undo';

/** The operator's hand on the tables: the daemon must be stopped where the database is embedded. Fails as `openDatabase`. */
export async function manageMigrations(
  place: DatabasePlace,
  logger: Logger,
  action: MigrationAction,
): Promise<MigrationReport> {
  const nothing = { pending: [], done: [], undone: [] };
  // Looking makes no database.
  if (action === 'show' && place.databaseUrl === null && !(await exists(join(place.dataDir, 'database'))))
    return { ...nothing, database: 'embedded', pending: migrationNames() };
  try {
    const { kind, access, release } = await reachDatabase(place, logger);
    try {
      const { pending } = await readMigrations(access.migration, logger);
      const report = { ...nothing, database: kind, pending };
      if (action === 'run') return { ...report, done: await migrate(access.migration, logger) };
      if (action === 'undo')
        return { ...report, undone: [await undoLastMigration(access.migration, logger)] };
      return report;
    } finally {
      await release();
    }
  } catch (error) {
    throw asStartFailure(error);
  }
}
