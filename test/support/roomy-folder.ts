import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const ROOM_BYTES = 6 * 2 ** 30;

/**
 * Memory, where there is enough, else the folder for temporary files. A suite makes and drops hundreds of databases of a
 * thousand files each, which cost a disk's file system a second of work and memory a tenth of it; and what is in
 * memory can be written over, also where the file system is itself an overlay.
 */
export function roomyFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir();
}
