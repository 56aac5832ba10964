import { createPrivateKey } from 'node:crypto';
import { fingerprintOf, requireAcceptableKey, Signer } from '../../platform/keys.js';
import { parseJson } from '../../protocol/json.js';
import { FederationError } from '../../protocol/errors.js';
import { TransferRefused } from '../refused.js';
import { optionalText, pastTime, serverName, text, Unusable, uuid } from './fields.js';
import type { Source } from './source.js';
import type { Row } from './sqlite-copy.js';

/** Who the Python daemon was, with the proof that the key is its own. */
export interface OwnIdentity {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly bootstrapServers: readonly string[];
}

/** A private key in the one form that we keep: PEM, PKCS#8. @throws TransferRefused that says nothing about the text */
export function readKey(pem: string): { readonly pem: string; readonly signer: Signer } {
  try {
    const normal = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }) as string;
    return { pem: normal, signer: Signer.fromPrivateKey(normal) };
  } catch {
    throw new TransferRefused(
      'The file given with --key is not an RSA private key of 2048 to 4096 bits in PEM without a passphrase.',
    );
  }
}

/** @throws TransferRefused */
export function planIdentity({ identity: rows }: Source, signer: Signer, nowMs: number): OwnIdentity {
  const [row, another] = rows;
  if (row === undefined || another !== undefined)
    throw new TransferRefused(
      `lattice_identity has ${row === undefined ? 'no row' : 'more than one row'}: whose file is it?`,
    );
  try {
    const publicKey = text(row, 'public_key');
    requireAcceptableKey(publicKey);
    requireOwn(publicKey, text(row, 'fingerprint'), signer);
    return {
      serverUuid: uuid(row),
      serverId: serverName(row),
      publicKey,
      fingerprint: signer.fingerprint,
      createdAt: pastTime(row, 'created_at', nowMs) ?? nowMs,
      bootstrapServers: bootstrapServers(row),
    };
  } catch (error) {
    if (!(error instanceof Unusable || error instanceof FederationError)) throw error;
    throw new TransferRefused(`The identity in lattice_identity cannot be used: ${error.message}.`);
  }
}

function requireOwn(publicKey: string, fingerprint: string, signer: Signer): void {
  if (publicKey !== signer.publicKeyPem)
    throw new TransferRefused(
      `The key given with --key is not the one of lattice_identity: its fingerprint is ${signer.fingerprint}, and ` +
        `${fingerprintOf(publicKey)} is wanted.`,
    );
  if (fingerprint !== signer.fingerprint) throw new Unusable('its fingerprint is not that of its public_key');
}

/** Only shown, so whatever is wrong with it is no reason to stop. */
function bootstrapServers(row: Row): string[] {
  try {
    const value = parseJson(optionalText(row, 'bootstrap_servers') ?? '[]');
    const urls = Array.isArray(value) ? (value as unknown[]) : [];
    return urls.filter((url): url is string => typeof url === 'string' && /^https?:\/\/[!-~]+$/i.test(url));
  } catch {
    return [];
  }
}
