import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Mutex } from '../platform/mutex.js';
import { FederationError } from '../protocol/errors.js';
import { isPem, MAX_SECRET_BYTES, type SecretName, SecretStore } from './secret-store.js';

const FILE_OF: Readonly<Record<SecretName, string>> = {
  private_key: 'private_key.pem',
  next_private_key: 'next_private_key.pem',
  admin_token: 'admin_token',
  app_url: 'app_url',
  bootstrap_servers: 'bootstrap_servers',
  database_url: 'database_url',
};

const GROUP_OR_OTHERS = 0o077;

/**
 * Secrets as files of the data folder, each 0600 in a folder of 0700.
 *
 * A file that anybody else can read, or that is a link to somewhere else, is refused rather than used. A value ends
 * its file with one line end, which is no part of it unless it is PEM, so that an operator may write it with `echo`.
 */
export class FileSecretStore extends SecretStore {
  readonly #dir: string;
  /** Changes run one after the other: two writers of one name would share its temporary file. */
  readonly #changes = new Mutex();

  constructor(dataDir: string) {
    super();
    this.#dir = resolve(dataDir);
  }

  async read(name: SecretName): Promise<string | null> {
    return this.#guarded(`read ${FILE_OF[name]}`, async () => {
      if (!(await this.#folderExists())) return null;
      const file = await openPrivate(this.#pathOf(name));
      if (file === null) return null;
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
        return isPem(name) ? text : text.replace(/\r?\n$/, '');
      } finally {
        await file.close();
      }
    });
  }

  write(name: SecretName, value: string): Promise<void> {
    return this.#change(`write ${FILE_OF[name]}`, async () => {
      await createFolder(this.#dir);
      await this.#folderExists();
      const temporary = join(this.#dir, `.${FILE_OF[name]}.new`);
      await rm(temporary, { force: true });
      try {
        await writeDurably(temporary, isPem(name) ? value : `${value}\n`);
        await rename(temporary, this.#pathOf(name));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(this.#dir);
    });
  }

  promote(from: SecretName, to: SecretName): Promise<void> {
    return this.#change(`replace ${FILE_OF[to]} by ${FILE_OF[from]}`, async () => {
      await this.#folderExists();
      const file = await openPrivate(this.#pathOf(from));
      if (file === null) throw refused(`There is no ${FILE_OF[from]} in ${this.#dir}.`);
      await file.close();
      await rename(this.#pathOf(from), this.#pathOf(to));
      await syncFolder(this.#dir);
    });
  }

  remove(name: SecretName): Promise<void> {
    return this.#change(`remove ${FILE_OF[name]}`, async () => {
      if (!(await this.#folderExists())) return;
      await rm(this.#pathOf(name), { force: true });
      await syncFolder(this.#dir);
    });
  }

  override placeOf(name: SecretName): string {
    return this.#pathOf(name);
  }

  #pathOf(name: SecretName): string {
    return join(this.#dir, FILE_OF[name]);
  }

  /** False where there is no folder yet; refuses one that others can enter. */
  async #folderExists(): Promise<boolean> {
    const stats = await stat(this.#dir).catch(unlessMissing);
    if (stats === null) return false;
    if (!stats.isDirectory()) throw refused(`${this.#dir} is not a folder.`);
    if ((stats.mode & GROUP_OR_OTHERS) !== 0) {
      throw refused(`Others may use the data folder ${this.#dir}: run "chmod 700 ${this.#dir}".`);
    }
    return true;
  }

  #change(what: string, act: () => Promise<void>): Promise<void> {
    return this.#changes.run(() => this.#guarded(what, act));
  }

  async #guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof FederationError) throw error;
      // Only the code of the system's error: its text is of no further use, and nothing of a value may leave here.
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'not valid text';
      throw refused(`Could not ${what} in ${this.#dir}: ${reason}.`);
    }
  }
}

function refused(message: string): FederationError {
  return new FederationError('secret_store_unavailable', message);
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Opens a file that is one of ours; null where there is none. What is checked is what is then read. */
async function openPrivate(path: string): Promise<FileHandle | null> {
  // Without O_NONBLOCK a pipe in its place would hang us.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ELOOP') throw refused(`${path} is a link: put the file itself there.`);
      return unlessMissing(error);
    },
  );
  if (file === null) return null;
  const stats = await file.stat();
  const problem = !stats.isFile()
    ? `${path} is not a file.`
    : (stats.mode & GROUP_OR_OTHERS) !== 0
      ? `Others may read or change ${path}: run "chmod 600 ${path}".`
      : stats.size > MAX_SECRET_BYTES
        ? `${path} is larger than ${MAX_SECRET_BYTES} bytes.`
        : null;
  if (problem === null) return file;
  await file.close();
  throw refused(problem);
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function createFolder(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** A rename is safe from a power loss only once its folder has been written too. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
