// Run by `npm run build`: makes the archive of an empty database beside the compiled code. From it a daemon's first
// start takes half a second and 300 MB; creating the database there and then takes 3 s and 800 MB.
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { exists } from '../../platform/exists.js';
import { startPglite } from './pglite.js';
import { snapshotName } from './snapshot.js';

const path = fileURLToPath(new URL(snapshotName(), import.meta.url));

if (!(await exists(path))) {
  const pglite = await startPglite();
  const archive = await pglite.dumpDataDir('gzip');
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await archive.arrayBuffer()));
  await rename(unfinished, path);
  await pglite.close();
}
