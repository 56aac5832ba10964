import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import { type Access, embeddedAccess, openDataSource, poolOf, postgresAccess } from './data-source.js';
import { Database, type DatabaseKind } from './database.js';
import { prepareDataFolder } from './embedded/data-folder.js';
import { EmbeddedSession } from './embedded/embedded-session.js';
import { FolderLock } from './embedded/folder-lock.js';
import { startPglite } from './embedded/pglite.js';
import { asStartFailure } from './failures.js';
import { migrate } from './migrate.js';

/** The settings that say which database. */
export type DatabasePlace = Pick<Config, 'dataDir' | 'databaseUrl'>;

/** A database that can be asked, whatever tables it has. */
export interface ReachedDatabase {
  readonly kind: DatabaseKind;
  readonly access: Access;
  readonly release: () => Promise<void>;
}

/**
 * Opens the database of the configuration with its tables up to date: PostgreSQL where there is a URL, else the
 * embedded one in the data folder.
 *
 * Fails with `database_unavailable` where waiting may help, with `DatabaseUnusable` where only the operator can
 * (also where migrations are pending that `manual` leaves to them), and with `FolderInUse` where another process has
 * the embedded database open.
 */
export async function openDatabase(
  config: DatabasePlace & Partial<Pick<Config, 'migrations'>>,
  logger: Logger,
): Promise<Database> {
  const log = logger.child({ component: 'database' });
  try {
    const reached = await reachDatabase(config, log);
    try {
      await migrate(reached.access.migration, log, config.migrations);
      return await serve(reached, log);
    } catch (error) {
      await reached.release();
      throw error;
    }
  } catch (error) {
    throw asStartFailure(error);
  }
}

/** As `openDatabase`, for work on the tables themselves. The embedded one is locked, and made where there was none. */
export function reachDatabase(config: DatabasePlace, logger: Logger): Promise<ReachedDatabase> {
  if (config.databaseUrl === null) return reachEmbedded(resolve(config.dataDir), logger);
  const access = postgresAccess(config.databaseUrl);
  return Promise.resolve({ kind: 'postgres', access, release: () => Promise.resolve() });
}

async function reachEmbedded(dataDir: string, log: Logger): Promise<ReachedDatabase> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await FolderLock.take(dataDir);
  let pglite: PGlite | null = null;
  const release = async (): Promise<void> => {
    await pglite?.close();
    await lock.release();
  };
  try {
    pglite = await startPglite(await prepareDataFolder(dataDir));
    log.info('The embedded database is open. A crash of the daemon loses nothing, a loss of power may.', {
      dataDir,
    });
    return { kind: 'embedded', access: embeddedAccess(new EmbeddedSession(pglite)), release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The database for normal service; closing it releases what was reached. */
export async function serve(reached: ReachedDatabase, log: Logger): Promise<Database> {
  const dataSource = await openDataSource(reached.access.service, log);
  return new Database(reached.kind, poolOf(dataSource), async () => {
    await dataSource.destroy();
    await reached.release();
  });
}
