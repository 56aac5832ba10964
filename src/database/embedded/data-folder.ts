import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startPglite } from './pglite.js';
import { readSnapshot } from './snapshot.js';
import { untar } from './untar.js';

/**
 * The folder `database` of the data folder, with an empty database where there was none. To be called under the
 * folder's lock.
 *
 * A new one grows under another name and is renamed when it is whole, so a crash leaves either none or a usable one.
 * It is unpacked from the build's snapshot, or created where there is none, which takes 3 s and 800 MB.
 */
export async function prepareDataFolder(dataDir: string, snapshotOf = readSnapshot): Promise<string> {
  const folder = join(dataDir, 'database');
  if (await exists(folder)) {
    await chmod(folder, 0o700);
    return folder;
  }
  const growing = `${folder}.new`;
  await rm(growing, { recursive: true, force: true });
  await mkdir(growing, { mode: 0o700 });
  const snapshot = await snapshotOf();
  if (snapshot === null) await (await startPglite(growing)).close();
  else await untar(snapshot, growing);
  await rename(growing, folder);
  return folder;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
