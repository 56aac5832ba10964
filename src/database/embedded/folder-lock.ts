import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { type Server, createConnection, createServer } from 'node:net';

/** What `bind` says on file systems that hold no sockets (shared folders of virtual machines, mostly). */
const NO_SOCKETS_HERE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'ENOSYS']);

const PREFIX = 'database.lock.';

/** Another process, or this one, has the folder's database open. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(
    readonly folder: string,
    /** As the holder sees itself, which in another container is not what we see; null while it is starting. */
    readonly holderPid: number | null,
  ) {
    const holder = holderPid === null ? 'another process, which is just starting' : `process ${holderPid}`;
    super(
      `The embedded database in ${folder} is in use by ${holder}. Two processes on it would destroy it: ` +
        'stop the other one, or give this one its own LATTICE_DATA_DIR.',
    );
  }
}

/**
 * Lets one process at a time open the database of a folder.
 *
 * Both halves are listening sockets, because the kernel ends those with their process however it dies: neither
 * `kill -9` nor a pid used again leaves a stale lock. One has an abstract name, which makes taking it one atomic
 * step, but is invisible from another container. The other lies in the folder as `database.lock.<pid>`, reachable
 * by whoever shares the folder: one that accepts no connection is left over, and removed.
 */
export class FolderLock {
  private constructor(
    private readonly servers: readonly Server[],
    private readonly handle: FileHandle,
  ) {}

  /** Fails with `FolderInUse`. The folder must exist. */
  static async take(folder: string): Promise<FolderLock> {
    const handle = await open(folder, 'r');
    const servers: Server[] = [];
    try {
      const place = socketFolder(folder, handle);
      if (process.platform === 'linux') {
        const server = await listen(await abstractName(handle));
        if (server === null) throw new FolderInUse(folder, await livePid(place, null));
        servers.push(server);
      }
      const beside = await listenBeside(place, servers.length > 0);
      if (beside !== null) servers.push(beside);
      // Only after ours answers: of two that come at once each then sees the other.
      const holder = await livePid(place, beside === null ? null : process.pid);
      if (holder !== null) throw new FolderInUse(folder, holder);
      return new FolderLock(servers, handle);
    } catch (error) {
      await new FolderLock(servers, handle).release();
      throw error;
    }
  }

  async release(): Promise<void> {
    for (const server of this.servers) await new Promise((resolve) => server.close(resolve));
    await this.handle.close();
  }
}

/** Whether somebody has the folder's database open, without taking the lock or changing anything. The folder must exist. */
export async function findHolder(folder: string): Promise<{ readonly pid: number | null } | null> {
  const handle = await open(folder, 'r');
  try {
    const pids = await listeningPids(socketFolder(folder, handle));
    if (pids.length > 0) return { pid: pids[0]! };
    if (process.platform !== 'linux') return null;
    return (await accepts(await abstractName(handle))) ? { pid: null } : null;
  } finally {
    await handle.close();
  }
}

async function listeningPids(place: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir(place)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (Number.isInteger(pid) && (await accepts(`${place}/${name}`))) pids.push(pid);
  }
  return pids;
}

async function abstractName(handle: FileHandle): Promise<string> {
  const { dev, ino } = await handle.stat({ bigint: true });
  return `\0lattice-discovery-database-${dev}-${ino}`;
}

/** The address of a socket has about 100 bytes, and Node cuts off the rest in silence: go through the open folder. */
function socketFolder(folder: string, handle: FileHandle): string {
  return process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : folder;
}

/** Null where another socket has the name. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(path, () => resolve(server.unref()));
  });
}

async function listenBeside(place: string, optional: boolean): Promise<Server | null> {
  const path = `${place}/${PREFIX}${process.pid}`;
  try {
    const server = await listen(path);
    if (server !== null) return server;
    // A process of our number in another container, or before us.
    if (await accepts(path)) return null;
    await rm(path, { force: true });
    return await listen(path);
  } catch (error) {
    if (optional && NO_SOCKETS_HERE.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** The number of a process other than `ownPid` whose socket is alive; removes what dead ones left. */
async function livePid(place: string, ownPid: number | null): Promise<number | null> {
  for (const name of await readdir(place)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (!Number.isInteger(pid) || pid === ownPid) continue;
    if (await accepts(`${place}/${name}`)) return pid;
    await rm(`${place}/${name}`, { force: true });
  }
  return null;
}

/** False only where the kernel says that nobody listens: everything else might be a holder that is busy. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
