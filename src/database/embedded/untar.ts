import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly content: Buffer;
}

/**
 * Writes the files and folders of a tar archive (POSIX ustar) below `target`, private to us.
 *
 * Made for the snapshot, which holds nothing else: PGlite can load an archive itself, but keeps it whole in memory
 * and only into the folder it then runs on, which could not be renamed into place. Synchronous: a thousand small files
 * cost three times as much one promise after the other, and nothing else goes on at a first start.
 */
export function untar(archive: Buffer, target: string): void {
  for (const { path, isFolder, content } of entries(archive)) {
    if (path.split('/').includes('..')) throw new Error(`The archive reaches outside its folder: ${path}`);
    if (isFolder) mkdirSync(join(target, path), { recursive: true, mode: 0o700 });
    else writeFileSync(join(target, path), content, { mode: 0o600 });
  }
}

function* entries(archive: Buffer): Generator<Entry> {
  let offset = 0;
  while (offset + BLOCK_BYTES <= archive.length) {
    const header = archive.subarray(offset, offset + BLOCK_BYTES);
    offset += BLOCK_BYTES;
    // The archive ends with blocks of zeros.
    if (header[0] === 0) continue;
    const size = parseInt(textAt(header, 124, 12), 8) || 0;
    const path = [textAt(header, 345, 155), textAt(header, 0, 100)].filter((part) => part !== '').join('/');
    const type = textAt(header, 156, 1);
    if (!['', '0', '5'].includes(type))
      throw new Error(`The archive holds an entry of type ${type}: ${path}`);
    yield { path, isFolder: type === '5', content: archive.subarray(offset, offset + size) };
    offset += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function textAt(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}
