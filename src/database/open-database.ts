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

/**
 * Opens the database of the configuration with its tables up to date: PostgreSQL where there is a URL, else the
 * embedded one in the data folder.
 *
 * Fails with `database_unavailable` where waiting may help, with `DatabaseUnusable` where only the operator can, and
 * with `FolderInUse` where another process has the embedded database open.
 */
export async function openDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  logger: Logger,
): Promise<Database> {
  const log = logger.child({ component: 'database' });
  try {
    return config.databaseUrl === null
      ? await openEmbedded(resolve(config.dataDir), log)
      : await connect('postgres', postgresAccess(config.databaseUrl), log);
  } catch (error) {
    throw asStartFailure(error);
  }
}

async function openEmbedded(dataDir: string, log: Logger): Promise<Database> {
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
    return await connect('embedded', embeddedAccess(new EmbeddedSession(pglite)), log, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function connect(
  kind: DatabaseKind,
  access: Access,
  log: Logger,
  afterwards: () => Promise<void> = () => Promise.resolve(),
): Promise<Database> {
  await migrate(access.migration, log);
  const dataSource = await openDataSource(access.service, log);
  return new Database(kind, poolOf(dataSource), async () => {
    await dataSource.destroy();
    await afterwards();
  });
}
