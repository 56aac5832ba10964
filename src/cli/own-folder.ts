import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliError, EXIT } from './cli-error.js';

/**
 * For commands that write into the data folder: what another user writes there, root most likely, the daemon cannot open
 * afterwards. Whom it belongs to says the database in it, or else the folder itself.
 *
 * @throws CliError 77
 */
export async function requireOwnFolder(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  const owner = (await ownerOf(join(folder, 'database'))) ?? (await ownerOf(folder));
  const user = process.getuid?.();
  if (owner === null || user === undefined || user === owner) return;
  throw new CliError(
    EXIT.notAllowed,
    `${folder} belongs to the user with the id ${owner}, and this runs as ${user}: what it wrote there the daemon could not ` +
      'open. Run this as the user of the daemon.',
  );
}

/** Null where there is no such folder, or it is not to be seen: then nothing can be written there either. */
async function ownerOf(folder: string): Promise<number | null> {
  return stat(folder).then(
    ({ uid }) => uid,
    () => null,
  );
}
