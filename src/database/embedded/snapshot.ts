import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { pgliteVersion } from './pglite.js';

/** The name of the archive of an empty database, made when the project is built. */
export function snapshotName(): string {
  return `snapshot-${pgliteVersion()}.tar.gz`;
}

/** The archive, unpacked to tar; null where it was not made. Sources run without a build look for it in `dist`. */
export async function readSnapshot(): Promise<Buffer | null> {
  for (const place of ['./', '../../../dist/database/embedded/']) {
    const path = fileURLToPath(new URL(place + snapshotName(), import.meta.url));
    try {
      return await promisify(gunzip)(await readFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return null;
}
