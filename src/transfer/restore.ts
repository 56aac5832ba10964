import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { embeddedAccess } from '../database/data-source.js';
import {
  createDatabaseFolder,
  REPLACED_SUFFIX,
  RESTORING_SUFFIX,
  settleRestore,
} from '../database/embedded/data-folder.js';
import type { Database } from '../database/database.js';
import { EmbeddedSession } from '../database/embedded/embedded-session.js';
import { FolderLock } from '../database/embedded/folder-lock.js';
import { startPglite } from '../database/embedded/pglite.js';
import { migrate } from '../database/migrate.js';
import { MIGRATIONS } from '../database/migrations/all.js';
import { type DatabasePlace, serve } from '../database/open-database.js';
import type { Logger } from '../observability/logger.js';
import { exists } from '../platform/exists.js';
import { fingerprintOfPrivate } from '../platform/keys.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { requireEmbedded } from './backup.js';
import { type Manifest, readEntries, readManifest, verifyBackup } from './backup-file.js';
import { TransferRefused } from './refused.js';
import { RowLoader } from './row-loader.js';

export interface RestoreParts {
  readonly place: DatabasePlace;
  readonly secrets: SecretStore;
  readonly logger: Logger;
}

export interface RestoreReport extends Manifest {
  readonly rows: number;
  readonly replaced: boolean;
  /** Whether the daemon can start as this server: its key is in place, is another server's, or is missing. */
  readonly key: 'in_place' | 'other' | 'missing';
}

type Keys = Map<'private_key' | 'next_private_key', string>;

/**
 * Puts the database of a backup into the data folder. It grows beside its place and takes it by a rename when the
 * whole file was read and its checksum held, so whatever happens there is the old database or the new one.
 *
 * @throws TransferRefused, FolderInUse
 */
export async function restore(
  { place, secrets, logger }: RestoreParts,
  file: string,
  { force }: { readonly force: boolean },
): Promise<RestoreReport> {
  requireEmbedded(place);
  const manifest = await readManifest(file);
  const migrations = migrationsOf(manifest, file);
  await verifyBackup(file);
  const dataDir = resolve(place.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await FolderLock.take(dataDir);
  const folder = join(dataDir, 'database');
  const growing = folder + RESTORING_SUFFIX;
  try {
    await settleRestore(folder);
    const replaced = await exists(folder);
    // Read before anything is replaced: a store that cannot be used is to be known by then.
    const key = await keyState(manifest, secrets);
    if (!force) requireVacant(replaced, key, dataDir, manifest);
    await createDatabaseFolder(growing);
    const { rows, keys } = await fill(growing, file, migrations, logger);
    await replace(folder, growing);
    // Only now: a key without its database would begin a new server, a database without its key waits for it.
    await writeKeys(keys, secrets);
    return { ...manifest, rows, replaced, key: keys.has('private_key') ? 'in_place' : key };
  } finally {
    await rm(growing, { recursive: true, force: true });
    await lock.release();
  }
}

function migrationsOf({ migrations, version }: Manifest, file: string): typeof MIGRATIONS {
  const ours = MIGRATIONS.slice(0, migrations.length);
  if (
    ours.length === migrations.length &&
    ours.every((Migration, index) => new Migration().name === migrations[index])
  )
    return ours;
  throw new TransferRefused(
    `${file} was made by release ${version}, whose tables this release does not know: install that one.`,
  );
}

function requireVacant(
  hasDatabase: boolean,
  key: RestoreReport['key'],
  dataDir: string,
  manifest: Manifest,
): void {
  if (hasDatabase)
    throw new TransferRefused(
      `There is a database in ${dataDir} already. Make a backup of it, then say --force to replace it.`,
    );
  if (key === 'other')
    throw new TransferRefused(
      `The private key of this server is not that of the backup (fingerprint ${manifest.fingerprint ?? 'unknown'}). Put the right one ` +
        'in its place, or say --force.',
    );
}

async function fill(
  growing: string,
  file: string,
  migrations: typeof MIGRATIONS,
  logger: Logger,
): Promise<{ rows: number; keys: Keys }> {
  const pglite = await startPglite(growing);
  const access = embeddedAccess(new EmbeddedSession(pglite));
  const release = (): Promise<void> => pglite.close();
  try {
    if (migrations.length > 0) await migrate(access.migration, logger, 'auto', migrations);
  } catch (error) {
    await release();
    throw error;
  }
  const database = await serve({ kind: 'embedded', access, release }, logger);
  try {
    const loader = await RowLoader.open(database, file);
    const keys: Keys = new Map();
    for await (const entry of readEntries(file)) {
      if ('secret' in entry) keys.set(entry.secret, entry.value);
      else await loader.add(entry.table, entry.row);
    }
    const rows = await loader.finish();
    await startNewEpoch(database);
    return { rows, keys };
  } finally {
    await database.close();
  }
}

/** Others hold cursors into an order of arrival that went on after the backup (wire protocol 2.3). */
async function startNewEpoch(database: Database): Promise<void> {
  const [table] = await database.query("SELECT 1 FROM pg_tables WHERE tablename = 'record_state'");
  if (table !== undefined) await database.query('DELETE FROM record_state');
}

/** A crash between the two renames leaves no `database`; the next start takes the old one back (data-folder.ts). */
async function replace(folder: string, growing: string): Promise<void> {
  const aside = folder + REPLACED_SUFFIX;
  await rm(aside, { recursive: true, force: true });
  if (await exists(folder)) await rename(folder, aside);
  await rename(growing, folder);
  await rm(aside, { recursive: true, force: true });
}

async function writeKeys(keys: Keys, secrets: SecretStore): Promise<void> {
  const current = keys.get('private_key');
  if (current === undefined) return;
  await secrets.write('private_key', current);
  const next = keys.get('next_private_key');
  if (next === undefined) await secrets.remove('next_private_key');
  else await secrets.write('next_private_key', next);
}

async function keyState(
  { fingerprint, with_key: withKey }: Manifest,
  secrets: SecretStore,
): Promise<RestoreReport['key']> {
  const pems = [await secrets.read('private_key'), await secrets.read('next_private_key')].filter(
    (pem) => pem !== null,
  );
  // Of a server that never started; a key that is in the file all the same must not replace another one.
  if (fingerprint === null) return withKey && pems.length > 0 ? 'other' : 'in_place';
  if (pems.length === 0) return 'missing';
  return pems.some((pem) => fingerprintOfPrivate(pem) === fingerprint) ? 'in_place' : 'other';
}
