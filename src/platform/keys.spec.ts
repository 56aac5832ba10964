import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type JsonValue, parseJson } from '../protocol/json.js';
import { acknowledgmentMessage } from '../protocol/messages/acknowledgment.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { federatedMessage } from '../protocol/messages/federated-message.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../protocol/messages/peer-exchange.js';
import {
  fingerprintOf,
  generateKeyPair,
  type KeyPair,
  requireAcceptableKey,
  SignatureVerifier,
  Signer,
} from './keys.js';

interface SignatureVector {
  readonly name: string;
  readonly type: string;
  readonly payload_json: string;
  readonly public_key: string;
  readonly valid: boolean;
}

interface Vectors {
  readonly keys: Record<
    'main' | 'other' | 'rsa3072',
    { readonly private_key: string; readonly public_key: string }
  >;
  readonly fingerprints: readonly { public_key: string; fingerprint: string; note: string }[];
  readonly positive: readonly (SignatureVector & { canonical: string; signature: string })[];
  readonly variants: readonly SignatureVector[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/signatures.json', import.meta.url), 'utf8'),
) as Vectors;
const { main, other, rsa3072 } = vectors.keys;

/** What is the same in every message's definition. */
interface SignedMessageDefinition {
  decode(value: JsonValue): { readonly signature: string };
  signingText(message: object): string;
}

const definitions: Record<string, SignedMessageDefinition> = {
  announcement: announcementMessage,
  peer_exchange: peerExchangeMessage,
  key_rotation: keyRotationMessage,
  identity_revocation: identityRevocationMessage,
  federated_message: federatedMessage,
  acknowledgment: acknowledgmentMessage,
};

/** A public key with any numbers in it, as nobody would make it but a stranger with a purpose. */
function rsaPublicKey(modulus: Buffer, exponent: Buffer): string {
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string;
}

function oddNumber(bits: number): Buffer {
  const bytes = randomBytes(bits / 8);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return bytes;
}

function asPem({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): KeyPair {
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const usualExponent = Buffer.from([1, 0, 1]);
const small = asPem(generateKeyPairSync('rsa', { modulusLength: 1024 }));
const lowExponent = asPem(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }));
const pssOnly = asPem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }));
const ellipticCurve = asPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const ed25519 = asPem(generateKeyPairSync('ed25519'));

const unusableKeys: readonly (readonly [string, string])[] = [
  ['of 1024 bits', small.publicKeyPem],
  ['of 2047 bits', rsaPublicKey(Buffer.concat([Buffer.from([0x7f]), oddNumber(2040)]), usualExponent)],
  ['of 4104 bits', rsaPublicKey(oddNumber(4104), usualExponent)],
  ['of 16,384 bits', rsaPublicKey(oddNumber(16_384), usualExponent)],
  ['with the exponent 3', lowExponent.publicKeyPem],
  ['with an exponent of 2048 bits', rsaPublicKey(oddNumber(2048), oddNumber(2048))],
  ['for PSS alone', pssOnly.publicKeyPem],
  ['on an elliptic curve', ellipticCurve.publicKeyPem],
  ['of Ed25519', ed25519.publicKeyPem],
];
const notPublicKeys: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['not PEM', 'a key, I promise'],
  ['a private key', main.private_key],
  ['PEM around nothing', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
  ['PEM around noise', '-----BEGIN PUBLIC KEY-----\nAAAAAAAA\n-----END PUBLIC KEY-----\n'],
  ['cut short', main.public_key.slice(0, 300)],
];
const otherSpellings: readonly (readonly [string, string])[] = [
  ['without the final newline', main.public_key.trimEnd()],
  ['with a newline more', main.public_key + '\n'],
  ['with CRLF', main.public_key.replaceAll('\n', '\r\n')],
  ['with text before it', 'x\n' + main.public_key],
  ['with a space', main.public_key.replace('\n', ' \n')],
  ['in one long line', main.public_key.replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '')],
  ['as PKCS#1', createPublicKey(main.public_key).export({ type: 'pkcs1', format: 'pem' }) as string],
];

describe('a public key', () => {
  it.each([
    ['of 2048 bits', main.public_key],
    ['of 3072 bits', rsa3072.public_key],
    ['of 4096 bits', rsaPublicKey(oddNumber(4096), usualExponent)],
  ])('%s is acceptable', (_, key) => {
    expect(() => requireAcceptableKey(key)).not.toThrow();
  });

  it.each([...unusableKeys, ...notPublicKeys, ...otherSpellings])(
    'that is %s is not acceptable',
    (_, key) => {
      expect(() => requireAcceptableKey(key)).toThrow(
        expect.objectContaining({ code: 'key_unacceptable', status: 422 }),
      );
    },
  );

  it.each(vectors.fingerprints)('has the fingerprint of its text ($note)', ({ public_key, fingerprint }) => {
    expect(fingerprintOf(public_key)).toBe(fingerprint);
  });
});

describe('a fresh key pair', () => {
  let pair: KeyPair;
  beforeAll(async () => {
    pair = await generateKeyPair();
  });

  it('is RSA-2048, in the forms that go over the wire and into the secret store', () => {
    requireAcceptableKey(pair.publicKeyPem);
    expect(createPublicKey(pair.publicKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(pair.privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('belongs together', async () => {
    const signer = Signer.fromPrivateKey(pair.privateKeyPem);
    expect(signer.publicKeyPem).toBe(pair.publicKeyPem);
    expect(signer.fingerprint).toBe(fingerprintOf(pair.publicKeyPem));
    expect(await new SignatureVerifier().verify(pair.publicKeyPem, 'text', await signer.sign('text'))).toBe(
      true,
    );
  });
});

describe('a signer', () => {
  const signer = Signer.fromPrivateKey(main.private_key);
  const secretLines = main.private_key.split('\n').slice(1, -2);
  const tellsSecret = (text: string): boolean => secretLines.some((line) => text.includes(line.slice(0, 20)));

  it('shows its private key to nobody', () => {
    const everything =
      inspect(signer, { showHidden: true, depth: null, getters: true }) + JSON.stringify(signer);
    expect(tellsSecret(main.private_key)).toBe(true);
    expect(tellsSecret(everything)).toBe(false);
    expect(everything).not.toMatch(/KeyObject|private/i);
    expect(Reflect.ownKeys(signer)).toEqual(['publicKeyPem', 'fingerprint']);
  });

  it.each([
    ['cut short', main.private_key.slice(0, 900)],
    ['damaged', main.private_key.replace(/[A-Z]{2}/g, 'AA')],
    ['a public key', main.public_key],
    ['too small', small.privateKeyPem],
    ['with the exponent 3', lowExponent.privateKeyPem],
    ['on an elliptic curve', ellipticCurve.privateKeyPem],
    ['nothing', ''],
  ])('is not made from a key that is %s, and the error does not tell the key', (_, key) => {
    let thrown: unknown;
    try {
      Signer.fromPrivateKey(key);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    const shown = inspect(thrown, { showHidden: true, depth: null });
    expect(tellsSecret(shown)).toBe(false);
    expect(shown).not.toContain('BEGIN');
  });

  it('signs the same text differently each time, as the salt is fresh', async () => {
    expect(await signer.sign('text')).not.toBe(await signer.sign('text'));
  });
});

describe('a signature', () => {
  const verifier = new SignatureVerifier();
  const signer = Signer.fromPrivateKey(main.private_key);

  it.each(['', 'text', '{"a": "\\u00e9"}', 'é 😀 \u0000', 'x'.repeat(100_000)])(
    'of %.20j holds',
    async (text) => {
      expect(await verifier.verify(main.public_key, text, await signer.sign(text))).toBe(true);
    },
  );

  it('does not hold for another text, another key, or when damaged, though the key has verified before', async () => {
    const signature = await signer.sign('text');
    const damaged = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    expect(await verifier.verify(main.public_key, 'text', signature)).toBe(true);
    expect(await verifier.verify(main.public_key, 'Text', signature)).toBe(false);
    expect(await verifier.verify(other.public_key, 'text', signature)).toBe(false);
    expect(await verifier.verify(rsa3072.public_key, 'text', signature)).toBe(false);
    expect(await verifier.verify(main.public_key, 'text', damaged)).toBe(false);
    expect(await verifier.verify(main.public_key, 'text', '')).toBe(false);
  });

  it('says of a key whether a signature has held under it', async () => {
    const fresh = new SignatureVerifier();
    const signature = await Signer.fromPrivateKey(main.private_key).sign('text');
    expect(await fresh.verify(main.public_key, 'other text', signature)).toBe(false);
    expect(fresh.hasHeld(main.public_key)).toBe(false);
    expect(await fresh.verify(main.public_key, 'text', signature)).toBe(true);
    expect(fresh.hasHeld(main.public_key)).toBe(true);
  });

  it('holds whichever of more keys than are remembered is asked for', async () => {
    const forgetful = new SignatureVerifier(undefined, 1);
    const signers = [main, other, rsa3072].map((pair) => Signer.fromPrivateKey(pair.private_key));
    for (const one of [...signers, ...signers]) {
      expect(await forgetful.verify(one.publicKeyPem, 'text', await one.sign('text'))).toBe(true);
    }
  });

  it.each([
    ['of 1024 bits', small],
    ['with the exponent 3', lowExponent],
  ])('never holds under a key %s, correct though it is', async (_, { publicKeyPem, privateKeyPem }) => {
    const key = { key: privateKeyPem, padding: constants.RSA_PKCS1_PSS_PADDING };
    const signature = sign('sha256', Buffer.from('text'), key).toString('base64');
    expect(await verifier.verify(publicKeyPem, 'text', signature)).toBe(false);
  });

  it.each([...unusableKeys, ...notPublicKeys])('is false under a key that is %s', async (_, key) => {
    expect(await verifier.verify(key, 'text', await signer.sign('text'))).toBe(false);
  });
});

describe('of the messages signed by a deployed server', () => {
  const verifier = new SignatureVerifier();

  /** What a receiver does: reads the message, and verifies its canonical form. */
  async function verdict({ type, payload_json, public_key }: SignatureVector): Promise<boolean> {
    const definition = definitions[type]!;
    let message: { readonly signature: string };
    try {
      message = definition.decode(parseJson(payload_json));
    } catch {
      return false;
    }
    return verifier.verify(public_key, definition.signingText(message), message.signature);
  }

  it.each(vectors.positive)('$name: its signature holds', async ({ public_key, canonical, signature }) => {
    expect(await verifier.verify(public_key, canonical, signature)).toBe(true);
  });

  // Deployed servers turn 'yes' and 0 into booleans; here a boolean is a boolean, and such a message is refused.
  const isCoerced = ({ name }: SignatureVector): boolean => name.includes('coerced');

  it.each(vectors.positive)('$name: the message verifies as received', async (vector) => {
    expect(await verdict(vector)).toBe(!isCoerced(vector));
  });

  it.each(vectors.variants)('$name: $valid', async (vector) => {
    expect(await verdict(vector)).toBe(vector.valid);
  });
});
