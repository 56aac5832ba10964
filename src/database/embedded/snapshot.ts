import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, type ZlibOptions } from 'node:zlib';
import { pgliteVersion } from './pglite.js';

/** The archive is 40 MB; unpacked in the 16 KB pieces of the default it costs three times as much. */
const PIECE_BYTES = 2 ** 20;

/** The name of the archive of an empty database, made when the project is built. */
export function snapshotName(): string {
  return `snapshot-${pgliteVersion()}.tar.gz`;
}

/** The archive, unpacked to tar; null where it was not made. Sources run without a build look for it in `dist`. */
export async function readSnapshot(): Promise<Buffer | null> {
  for (const place of ['./', '../../../dist/database/embedded/']) {
    const path = fileURLToPath(new URL(place + snapshotName(), import.meta.url));
    try {
      return await promisify<Buffer, ZlibOptions, Buffer>(gunzip)(await readFile(path), {
        chunkSize: PIECE_BYTES,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return null;
}
