import {
  constants,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { fingerprintOf } from '../platform/keys.js';
import type { Random } from '../platform/random.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { materialHash, statementHash } from '../protocol/records/record-hash.js';
import type { AnnouncedStatement, RecordState, SignedStatement } from '../protocol/records/record.js';
import { formatTimestamp } from '../protocol/timestamps.js';

/** From so many servers up, signatures are stood in for: a run would otherwise be spent on RSA. */
export const STAND_IN_FROM = 100;
/** Key pairs that the servers of a small federation share: making one takes longer than most runs. */
const KEYS = 4;

/** How servers sign records, and check those of others. */
export interface Signatures {
  readonly kind: 'rsa' | 'stand-in';
  /** A server's record with an announcement of that time; another `material` is a server that has moved. */
  record(server: number, atMs: number, material: number): RecordState;
  /** That record's end. */
  revoked(record: RecordState, atMs: number): RecordState;
  /** Whether every statement is signed by whom it claims. */
  holds(record: RecordState): boolean;
}

export function signaturesFor(size: number, random: Random): Signatures {
  const uuids = Array.from({ length: size }, () => random.uuid());
  return size < STAND_IN_FROM ? new RsaSignatures(uuids) : new StandInSignatures(uuids);
}

/** Statements that nobody signed, marked so; what they say is told from what they are called. */
class StandInSignatures implements Signatures {
  readonly kind = 'stand-in';

  constructor(private readonly uuids: readonly string[]) {}

  record(server: number, atMs: number, material: number): RecordState {
    const serverUuid = this.uuids[server]!;
    const announcement = {
      hash: `stand-in ${serverUuid} ${atMs} ${material}`,
      at: atMs,
      signedBy: `key of ${server}`,
      materialHash: `stand-in ${serverUuid} ${material}`,
    };
    return recordOf(serverUuid, announcement);
  }

  revoked(record: RecordState, atMs: number): RecordState {
    const signedBy = record.firstFingerprint;
    return {
      ...record,
      revocation: { hash: `stand-in ${record.serverUuid} revoked`, at: atMs, signedBy },
    };
  }

  holds({ announcement }: RecordState): boolean {
    return announcement?.hash.startsWith('stand-in ') === true;
  }
}

/** Made once in a process, for all runs of it. */
let keyPool: KeyPairKeyObjectResult[] | undefined;

interface Signed {
  readonly text: string;
  readonly signature: Buffer;
  readonly key: KeyObject;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN };

/** Real announcements under real keys (wire protocol 1.2), signed and verified at once instead of in the thread pool. */
class RsaSignatures implements Signatures {
  readonly kind = 'rsa';
  readonly #keys = (keyPool ??= Array.from({ length: KEYS }, () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ));
  /** By hash. */
  readonly #signed = new Map<string, Signed>();

  constructor(private readonly uuids: readonly string[]) {}

  record(server: number, atMs: number, material: number): RecordState {
    const { publicKey, privateKey } = this.#keys[server % KEYS]!;
    const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const origin = `https://server-${server}.example.org:${8_000 + material}`;
    const announcement = announcementMessage.decode({
      server_id: `server-${server}.example.org`,
      server_uuid: this.uuids[server]!,
      public_key: publicKeyPem,
      capabilities: { supported_versions: ['1.0', 'ext:1'] },
      endpoints: { federation: `${origin}/federation`, discovery: `${origin}/discovery` },
      timestamp: formatTimestamp(atMs),
      signature: '',
    });
    const signed = this.#sign(announcementMessage.signingText(announcement), publicKey, privateKey);
    const statement = {
      ...signed,
      at: atMs,
      signedBy: fingerprintOf(publicKeyPem),
      materialHash: materialHash(announcement),
    };
    return recordOf(this.uuids[server]!, statement);
  }

  revoked(record: RecordState, atMs: number): RecordState {
    const { publicKey, privateKey } = this.#keys[this.uuids.indexOf(record.serverUuid) % KEYS]!;
    const text = `${record.serverUuid} revoked at ${atMs}`;
    const revocation: SignedStatement = {
      ...this.#sign(text, publicKey, privateKey),
      at: atMs,
      signedBy: record.firstFingerprint,
    };
    return { ...record, revocation };
  }

  holds({ announcement, revocation }: RecordState): boolean {
    return [announcement, revocation].every((statement) => statement === null || this.#verify(statement));
  }

  #sign(text: string, publicKey: KeyObject, privateKey: KeyObject): { readonly hash: string } {
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, ...PSS });
    const hash = statementHash(text);
    this.#signed.set(hash, { text, signature, key: publicKey });
    return { hash };
  }

  #verify({ hash }: SignedStatement): boolean {
    const signed = this.#signed.get(hash);
    if (signed === undefined) return false;
    return verify('sha256', Buffer.from(signed.text), { key: signed.key, ...PSS }, signed.signature);
  }
}

function recordOf(serverUuid: string, announcement: AnnouncedStatement): RecordState {
  return {
    serverUuid,
    firstFingerprint: announcement.signedBy,
    chain: [],
    announcement,
    revocation: null,
    voidRevocation: null,
  };
}
