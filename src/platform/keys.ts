import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generate,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import { FederationError } from '../protocol/errors.js';
import { decodeBase64 } from './base64.js';
import { rsaModulusIn } from './rsa-spki.js';

/** An RSA key pair: the private key as PEM PKCS#8, the public one as PEM SubjectPublicKeyInfo. */
export interface KeyPair {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

/** Wire protocol 1.1: ours are of 2048 bits, others' may be larger. */
const OWN_MODULUS_BITS = 2048;
const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = 4096;
/** Any other exponent is refused before use: a huge one makes a verification cost 200 times the time. */
const PUBLIC_EXPONENT = 65537;
const PUBLIC_EXPONENT_BASE64 = 'AQAB';
/** A 4096-bit key takes 800 characters; more is not worth a parser's time. */
const MAX_PEM_LENGTH = 4096;
/** Reading a key costs half a verification. One that was read takes about 4 KiB: 5,000 of them, 20 MiB. */
const DEFAULT_MAX_KEYS = 5_000;

/**
 * How a text is signed: by RSASSA-PSS with one hash for the text and for MGF1. A message (wire protocol 1.2) with the
 * longest salt that the key allows, and verified with any; a request (RFC 9421, 3.3.1: rsa-pss-sha512) with 64 bytes.
 */
export type SignatureScheme = 'message' | 'request';

const SCHEMES: Readonly<Record<SignatureScheme, { hash: string; signSalt: number; verifySalt: number }>> = {
  message: {
    hash: 'sha256',
    signSalt: constants.RSA_PSS_SALTLEN_MAX_SIGN,
    verifySalt: constants.RSA_PSS_SALTLEN_AUTO,
  },
  request: { hash: 'sha512', signSalt: 64, verifySalt: 64 },
};

const signInThreadPool = promisify<string, Buffer, Parameters<typeof sign>[2], Buffer>(sign);

/** A fresh RSA-2048 key pair, made in the thread pool. */
export async function generateKeyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await promisify(generate)('rsa', {
    modulusLength: OWN_MODULUS_BITS,
    publicExponent: PUBLIC_EXPONENT,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}

/** The fingerprint of a public key (wire protocol 1.1): of its PEM text, so another spelling is another key. */
export function fingerprintOf(publicKeyPem: string): string {
  return createHash('sha256').update(publicKeyPem).digest('hex').slice(0, 32).toUpperCase();
}

/**
 * Demands the one spelling that all servers compare by: SubjectPublicKeyInfo PEM exactly as `openssl` writes
 * it, of an RSA key of 2048 to 4096 bits with the exponent 65537 (wire protocol 1.1).
 * @throws FederationError `key_unacceptable`
 */
export function requireAcceptableKey(publicKeyPem: string): void {
  if (isUsableModulus(rsaModulusIn(publicKeyPem))) return;
  if (parsePublicKey(publicKeyPem) === null) {
    throw new FederationError(
      'key_unacceptable',
      'public key is not a PEM public key of RSA with 2048 to 4096 bits and the exponent 65537',
    );
  }
  throw new FederationError(
    'key_unacceptable',
    'public key is not written as openssl writes SubjectPublicKeyInfo PEM (64 columns, newline at the end)',
  );
}

/** Signs with a server's private key, which cannot be read back: a signer may be logged or serialised. */
export class Signer {
  readonly publicKeyPem: string;
  readonly fingerprint: string;
  readonly #privateKey: KeyObject;

  private constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
    this.fingerprint = fingerprintOf(this.publicKeyPem);
  }

  /** @throws Error that says nothing about the text, if it is not the private key of an acceptable pair */
  static fromPrivateKey(pem: string): Signer {
    const key = readPrivateKey(pem);
    if (key === null || !isUsableRsaKey(key)) {
      throw new Error(
        'the private key is not an RSA key of 2048 to 4096 bits with the exponent 65537 in PEM',
      );
    }
    return new Signer(key);
  }

  /** The base64 signature of a text, by default as a message is signed (wire protocol 1.2). */
  async sign(text: string, scheme: SignatureScheme = 'message'): Promise<string> {
    const { hash, signSalt } = SCHEMES[scheme];
    const options = {
      key: this.#privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: signSalt,
    };
    const signature = await signInThreadPool(hash, Buffer.from(text), options);
    return signature.toString('base64');
  }
}

/** Of the pair of a private key; null where that is none of an acceptable pair. */
export function fingerprintOfPrivate(pem: string): string | null {
  try {
    return Signer.fromPrivateKey(pem).fingerprint;
  } catch {
    return null;
  }
}

/** Is told how each verification ended and how long it took, the wait for a thread of the pool included. */
export type VerificationObserver = (holds: boolean, durationMs: number) => void;

/** Verifies signatures (wire protocol 1.2) in the thread pool. */
export class SignatureVerifier {
  readonly #keys: LRUCache<string, KeyObject>;

  constructor(
    private readonly observe: VerificationObserver = () => undefined,
    maxKeys = DEFAULT_MAX_KEYS,
  ) {
    this.#keys = new LRUCache({ max: maxKeys });
  }

  /**
   * Whether `signature` (base64) is the key's signature of the text, by default as that of a message.
   * A key that cannot be used (wire protocol 1.1) verifies nothing.
   */
  async verify(
    publicKeyPem: string,
    text: string,
    signature: string,
    scheme: SignatureScheme = 'message',
  ): Promise<boolean> {
    const bytes = decodeBase64(signature);
    const key = this.#keys.get(publicKeyPem) ?? parsePublicKey(publicKeyPem);
    if (bytes === null || key === null) return false;
    const startedMs = performance.now();
    const holds = await verifyInThreadPool(key, Buffer.from(text), bytes, scheme);
    this.observe(holds, performance.now() - startedMs);
    // Only now, so that keys made up by a stranger do not displace those in use.
    if (holds) this.#keys.set(publicKeyPem, key);
    return holds;
  }
}

function verifyInThreadPool(
  key: KeyObject,
  data: Buffer,
  signature: Buffer,
  scheme: SignatureScheme,
): Promise<boolean> {
  const { hash, verifySalt } = SCHEMES[scheme];
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: verifySalt };
  return new Promise((resolve, reject) => {
    verify(hash, data, options, signature, (error, holds) => (error ? reject(error) : resolve(holds)));
  });
}

/** Null in place of an error: what a parser says about a private key is for nobody's log. */
function readPrivateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** Reads a public key in any PEM spelling that deployed servers read; null for a key that must not be used. */
function parsePublicKey(pem: string): KeyObject | null {
  // Node would also take the public half of a private key or of a certificate; other servers do not.
  if (pem.length > MAX_PEM_LENGTH || !/^-----BEGIN (RSA )?PUBLIC KEY-----/m.test(pem)) return null;
  const modulus = rsaModulusIn(pem);
  if (modulus !== null) return isUsableModulus(modulus) ? keyOfModulus(modulus) : null;
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return null;
  }
  return isUsableRsaKey(key) ? key : null;
}

const isUsableModulus = (modulus: Buffer | null): modulus is Buffer =>
  modulus !== null && isUsableSize(modulus.length * 8 - (Math.clz32(modulus[0]!) - 24));

const isUsableSize = (bits: number): boolean => bits >= MIN_MODULUS_BITS && bits <= MAX_MODULUS_BITS;

function keyOfModulus(modulus: Buffer): KeyObject {
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: PUBLIC_EXPONENT_BASE64 };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** Whether a key, public or private, has a size and an exponent that wire protocol 1.1 allows. */
function isUsableRsaKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  return (
    key.asymmetricKeyType === 'rsa' &&
    isUsableSize(modulusLength) &&
    publicExponent === BigInt(PUBLIC_EXPONENT)
  );
}
