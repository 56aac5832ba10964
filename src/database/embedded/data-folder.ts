import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../platform/exists.js';
import { startPglite } from './pglite.js';
import { readSnapshot } from './snapshot.js';
import { untar } from './untar.js';

/** A database that a restore fills, beside its place. */
export const RESTORING_SUFFIX = '.restoring';
/** The database that a restore has put aside, until the restored one is in its place. */
export const REPLACED_SUFFIX = '.replaced';

/**
 * The folder `database` of the data folder, with an empty database where there was none. To be called under the
 * folder's lock.
 *
 * A new one grows under another name and is renamed when it is whole, so a crash leaves either none or a usable one.
 * It is unpacked from the build's snapshot, or created where there is none, which takes 3 s and 800 MB.
 */
export async function prepareDataFolder(dataDir: string, snapshotOf = readSnapshot): Promise<string> {
  const folder = join(dataDir, 'database');
  await settleRestore(folder);
  if (await exists(folder)) {
    await chmod(folder, 0o700);
    return folder;
  }
  await createDatabaseFolder(folder, snapshotOf);
  return folder;
}

/** An empty database in a folder that is not there yet. */
export async function createDatabaseFolder(folder: string, snapshotOf = readSnapshot): Promise<void> {
  const growing = `${folder}.new`;
  await rm(growing, { recursive: true, force: true });
  await mkdir(growing, { mode: 0o700 });
  const snapshot = await snapshotOf();
  if (snapshot === null) await (await startPglite(growing)).close();
  else untar(snapshot, growing);
  await rename(growing, folder);
}

/** A restore that was broken off left either database whole: the old one counts until the new one is in its place. */
export async function settleRestore(folder: string): Promise<void> {
  await rm(folder + RESTORING_SUFFIX, { recursive: true, force: true });
  const replaced = folder + REPLACED_SUFFIX;
  if (!(await exists(replaced))) return;
  if (await exists(folder)) await rm(replaced, { recursive: true });
  else await rename(replaced, folder);
}
