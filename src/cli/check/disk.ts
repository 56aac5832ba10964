import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { failed, ok, warning, type Verdict } from './finding.js';

const MIB = 1024 * 1024;
/** Below this a database soon fails: PostgreSQL's log alone writes in steps of 16 MiB. */
const LEAST_BYTES = 100 * MIB;
/** Below this an operator should know. */
const SCARCE_BYTES = 1024 * MIB;

export interface DiskFacts {
  readonly dataDir: string;
  readonly isThere: boolean;
  /** False where the folder, or where it would be made, is something else. */
  readonly isFolder: boolean;
  readonly freeBytes: number;
  /** Null where the file system does not count files. */
  readonly freeFiles: number | null;
  /** What keeps this user from writing there, such as `EROFS`. */
  readonly unwritable: string | null;
}

/** What is asked of the file system; injected, because a full disk is hard to come by, and root may enter any folder. */
export interface FileSystem {
  readonly stat: (path: string) => Promise<{ isDirectory(): boolean }>;
  readonly statfs: (path: string) => Promise<{
    readonly bavail: number;
    readonly bsize: number;
    readonly files: number;
    readonly ffree: number;
  }>;
}

export const realFileSystem: FileSystem = { stat: (path) => stat(path), statfs: (path) => statfs(path) };

export async function lookAtDisk(dataDir: string, fileSystem: FileSystem): Promise<DiskFacts> {
  const folder = resolve(dataDir);
  const { path, isFolder, hiddenBy } = await nearestVisible(folder, fileSystem);
  const { bavail, bsize, files, ffree } = await fileSystem.statfs(path);
  return {
    dataDir: folder,
    isThere: path === folder,
    isFolder,
    freeBytes: bavail * bsize,
    freeFiles: files === 0 ? null : ffree,
    unwritable:
      hiddenBy ??
      (await access(path, constants.W_OK).then(
        () => null,
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      )),
  };
}

/** The folder, or the nearest one above it that is there; `hiddenBy`: why this user may not see what lies below that. */
async function nearestVisible(
  path: string,
  fileSystem: FileSystem,
  hiddenBy: string | null = null,
): Promise<{ path: string; isFolder: boolean; hiddenBy: string | null }> {
  try {
    return { path, isFolder: (await fileSystem.stat(path)).isDirectory(), hiddenBy };
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    if (path === dirname(path)) throw error;
    return nearestVisible(dirname(path), fileSystem, isAbsent ? hiddenBy : code);
  }
}

export function judgeDisk({
  dataDir,
  isThere,
  isFolder,
  freeBytes,
  freeFiles,
  unwritable,
}: DiskFacts): Verdict {
  const free = `${inWords(freeBytes)} free`;
  const makeRoom = 'Make room, or move LATTICE_DATA_DIR to a larger disk.';
  if (!isFolder) return failed(`${dataDir} is not, and cannot become, a folder.`, 'Check LATTICE_DATA_DIR.');
  if (unwritable === 'EROFS')
    return failed(
      `${dataDir} is on a file system that is read-only.`,
      'Mount it for writing, or set LATTICE_DATA_DIR.',
    );
  if (freeBytes < LEAST_BYTES)
    return failed(`Where ${dataDir} is, there is hardly any room: ${free}.`, makeRoom);
  if (freeFiles === 0)
    return failed(`Where ${dataDir} is, no more files can be made (no inodes left).`, makeRoom);
  if (unwritable !== null)
    return warning(
      `This user may not write to ${dataDir} (${unwritable}).`,
      'It has to belong to the user of the daemon; run this as root, or as that user.',
    );
  if (freeBytes < SCARCE_BYTES) return warning(`Where ${dataDir} is, room gets scarce: ${free}.`, makeRoom);
  return ok(
    isThere ? `${dataDir}: ${free}.` : `${dataDir} is not there yet: the first start makes it (${free}).`,
  );
}

function inWords(bytes: number): string {
  const mib = bytes / MIB;
  return mib < 1024 ? `${Math.floor(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}
