import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FederationError } from '../protocol/errors.js';
import { isPem, MAX_SECRET_BYTES, type SecretName, SecretStore, type StoreTerms } from './secret-store.js';

/** Credentials of systemd may be readable by a group through an ACL, never by everybody. */
const OTHERS = 0o007;

const OWN_KEYS: readonly SecretName[] = ['private_key', 'next_private_key'];

/**
 * Secrets that systemd gives as files named after them (`LoadCredential=`), over a store for what it does not give.
 *
 * Credentials cannot be written. Where the private key is one, this daemon cannot rotate it, and says so before
 * anything is changed.
 */
export class CredentialsSecretStore extends SecretStore {
  readonly #dir: string;

  constructor(
    credentialsDir: string,
    private readonly beneath: SecretStore,
  ) {
    super();
    this.#dir = resolve(credentialsDir);
  }

  override get problem(): string | null {
    return this.beneath.problem;
  }

  async read(name: SecretName): Promise<string | null> {
    return (await this.#credential(name)) ?? (await this.beneath.read(name));
  }

  async write(name: SecretName, value: string): Promise<void> {
    await this.#requireChangeable(name);
    await this.beneath.write(name, value);
  }

  async promote(from: SecretName, to: SecretName): Promise<void> {
    await this.#requireChangeable(from);
    await this.#requireChangeable(to);
    await this.beneath.promote(from, to);
  }

  async remove(name: SecretName): Promise<void> {
    if ((await this.#credential(name)) !== null) throw this.#refusal(name);
    await this.beneath.remove(name);
  }

  override placeOf(name: SecretName): string {
    return `the credential ${name}, or ${this.beneath.placeOf(name)}`;
  }

  override examine(): Promise<StoreTerms | null> {
    return this.beneath.examine();
  }

  override close(): Promise<void> {
    return this.beneath.close();
  }

  /** A next key is of no use where the current one cannot be replaced by it. */
  async #requireChangeable(name: SecretName): Promise<void> {
    const concerned = OWN_KEYS.includes(name) ? OWN_KEYS : [name];
    for (const each of concerned) {
      if ((await this.#credential(each)) !== null) throw this.#refusal(each);
    }
  }

  #refusal(name: SecretName): FederationError {
    const advice = OWN_KEYS.includes(name)
      ? `To rotate the key, stop the daemon, put the key at ${this.beneath.placeOf(name)}, take LoadCredential=${name} out of the unit, start, and rotate.`
      : `Change what LoadCredential=${name} loads, and restart.`;
    return new FederationError(
      'secret_store_unavailable',
      `${name} is a credential of systemd, which this daemon cannot change. ${advice}`,
    );
  }

  async #credential(name: SecretName): Promise<string | null> {
    const path = join(this.#dir, name);
    try {
      const text = await readBounded(path);
      return text === null || text === '' ? null : isPem(name) ? text : text.replace(/\r?\n$/, '');
    } catch (error) {
      if (error instanceof FederationError) throw error;
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'not valid text';
      throw refused(`Could not read the credential ${path}: ${reason}.`);
    }
  }
}

/** Null where there is no such file. */
async function readBounded(path: string): Promise<string | null> {
  // Without O_NONBLOCK a pipe in its place would hang us.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
  if (file === null) return null;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw refused(`The credential ${path} is not a file.`);
    if ((stats.mode & OTHERS) !== 0) throw refused(`Everybody may read the credential ${path}.`);
    if (stats.size > MAX_SECRET_BYTES)
      throw refused(`The credential ${path} is larger than ${MAX_SECRET_BYTES} bytes.`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
  } finally {
    await file.close();
  }
}

function refused(message: string): FederationError {
  return new FederationError('secret_store_unavailable', message);
}
