import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rsaModulusIn } from './rsa-spki.js';

function keyOf(modulus: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
}
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;

const isRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.publicExponent === 65537n;

function modulusOf(bytes: number, first: number): Buffer {
  const modulus = randomBytes(bytes);
  modulus[0] = first;
  return modulus;
}

/** What OpenSSL says: whether it reads the text as an RSA key with this exponent, and writes just this text again. */
function isAsOpensslWritesIt(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    return isRsa(key) && pemOf(key) === pem;
  } catch {
    return false;
  }
}

describe('the modulus in an RSA key', () => {
  it.each([
    [256, 0x80],
    [256, 0xff],
    [256, 0x7f],
    [257, 0x01],
    [384, 0xc0],
    [512, 0x80],
    [513, 0x01],
  ])('of %i bytes that begins with %i is read', (bytes, first) => {
    const modulus = modulusOf(bytes, first);
    expect(rsaModulusIn(pemOf(keyOf(modulus)))).toEqual(modulus);
  });

  it('is not looked for in keys of less than 2048 bits, of another exponent or kind', () => {
    const other = createPublicKey({
      key: { kty: 'RSA', n: modulusOf(256, 0x80).toString('base64url'), e: 'Aw' },
      format: 'jwk',
    });
    for (const pem of [pemOf(keyOf(modulusOf(255, 0x80))), pemOf(other), '', '-----BEGIN PUBLIC KEY-----\n'])
      expect(rsaModulusIn(pem)).toBeNull();
  });

  it('is never read from a text that OpenSSL does not read, or would write otherwise', () => {
    const good = pemOf(keyOf(modulusOf(256, 0x80)));
    const der = Buffer.from(good.split('\n').slice(1, -2).join(''), 'base64');
    const damaged = fc
      .tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => pemAround(Buffer.from(der.map((byte, i) => (i === at ? byte ^ by : byte)))));
    const retyped = fc
      .tuple(fc.nat(good.length), fc.nat(2), fc.constantFrom('', '\n', ' ', '=', '-', 'A', '\r', 'é'))
      .map(([at, drop, put]) => good.slice(0, at) + put + good.slice(at + drop));
    fc.assert(
      fc.property(fc.oneof(damaged, retyped), (pem) => {
        expect(rsaModulusIn(pem) !== null).toBe(isAsOpensslWritesIt(pem));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['with a zero before it', (integer: Buffer) => Buffer.concat([Buffer.from([0]), integer])],
    ['below zero', (integer: Buffer) => integer.subarray(1)],
  ])('is not read %s', (_, change) => {
    const good = pemOf(keyOf(modulusOf(256, 0x80)));
    const der = Buffer.from(good.split('\n').slice(1, -2).join(''), 'base64');
    const integer = change(der.subarray(32, -5));
    const wrap = (tag: number, content: Buffer): Buffer =>
      Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 255]), content]);
    const numbers = wrap(0x30, Buffer.concat([wrap(2, integer), der.subarray(-5)]));
    const bits = wrap(3, Buffer.concat([Buffer.from([0]), numbers]));
    const pem = pemAround(wrap(0x30, Buffer.concat([der.subarray(4, 19), bits])));
    expect(rsaModulusIn(pem)).toBeNull();
    expect(isAsOpensslWritesIt(pem)).toBe(false);
  });
});

function pemAround(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
