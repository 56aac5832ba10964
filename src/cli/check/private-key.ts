import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { decideKey } from '../../identity/key-custody.js';
import { Signer } from '../../platform/keys.js';
import type { SecretName, SecretStore } from '../../secrets/secret-store.js';
import { failed, ok, skipped, warning, type Verdict } from './finding.js';

/** The keys of the secret store, by fingerprint; null where there is none. */
export interface HeldKeys {
  readonly current: string | null;
  readonly next: string | null;
  /** What is wrong with one of them, in words that say what to do. */
  readonly problem: string | null;
  readonly place: string;
  /** Set where the key is a file that another user than that of its folder owns. */
  readonly owners: { readonly file: number; readonly folder: number } | null;
}

/** Reads the keys and keeps nothing of them but their fingerprints. */
export async function readKeys(secrets: SecretStore): Promise<HeldKeys> {
  const place = secrets.placeOf('private_key');
  const none = { current: null, next: null, place, owners: null };
  try {
    const current = await fingerprintIn('private_key', secrets);
    const next = await fingerprintIn('next_private_key', secrets);
    return { current, next, problem: null, place, owners: await foreignOwner(place) };
  } catch (error) {
    return { ...none, problem: (error as Error).message };
  }
}

async function fingerprintIn(name: SecretName, secrets: SecretStore): Promise<string | null> {
  const pem = await secrets.read(name);
  if (pem === null) return null;
  try {
    return Signer.fromPrivateKey(pem).fingerprint;
  } catch {
    // Without the cause: a parser's message could quote the key.
    throw new Error(`What is in ${secrets.placeOf(name)} is not an RSA private key in PEM (PKCS#8).`);
  }
}

async function foreignOwner(place: string): Promise<HeldKeys['owners']> {
  if (!isAbsolute(place)) return null;
  const [file, folder] = await Promise.all(
    [place, dirname(place)].map((path) => stat(path).catch(() => null)),
  );
  if (file == null || folder == null || file.uid === folder.uid) return null;
  return { file: file.uid, folder: folder.uid };
}

/** @param onFile the fingerprint of the identity; null where there is none yet, undefined where it is not known */
export function judgePrivateKey(keys: HeldKeys | null, onFile: string | null | undefined): Verdict {
  if (keys === null) return skipped('The secret store cannot be read.');
  const { current, next, problem, place, owners } = keys;
  if (problem !== null) return failed(problem, 'Put back the private key of this server.');
  if (owners !== null)
    return failed(
      `${place} belongs to user ${owners.file} and its folder to user ${owners.folder}: the daemon could not read it.`,
      `Run "chown --reference=${dirname(place)} ${place}".`,
    );
  if (onFile === undefined)
    return current === null
      ? warning('There is no private key, and whether there should be one is not known.', SEE_DATABASE)
      : warning(
          `There is a private key (fingerprint ${current}); whose it should be is not known.`,
          SEE_DATABASE,
        );
  switch (decideKey({ onFile, current, next }).type) {
    case 'create':
      return ok('There is none yet: the first start makes one.');
    case 'adopt':
      return ok(
        `There is a private key (fingerprint ${current}); the first start makes an identity with it.`,
      );
    case 'use_current':
      return ok(`It is there, readable by its owner alone, and the one of this identity (${current}).`);
    case 'promote_next':
      return warning(
        `A rotation was interrupted: the key in force is still the next one (${next}).`,
        'Start the daemon, or rotate the key once more: either finishes it.',
      );
    case 'missing':
      return failed(
        current === null
          ? `There is no private key in ${place}, but the identity ${onFile} needs its own.`
          : `The private key in ${place} is another (${current}) than the one of the identity (${onFile}).`,
        'Put back the key that belongs to the database. Without it this server can only begin anew, with an empty database and secret store.',
      );
  }
}

const SEE_DATABASE = 'See to the database first.';
