import { describe, expect, it } from 'vitest';
import { contentDigest } from './content-digest.js';
import { prepareSignature, readSignature, targetUri, type SignatureHeaders } from './request-signature.js';

const parts = {
  method: 'POST',
  targetUri: 'https://chat.example.org/discovery/api/v1/ext/rumor',
  contentDigest: contentDigest('{}'),
};
const parameters = {
  created: 1_764_000_000_000,
  expires: 1_764_000_300_000,
  nonce: '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f',
  keyId: '3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001',
};
const { base, headersFor } = prepareSignature(parts, parameters);
const sound = headersFor('AAAA');
const INPUT =
  '("@method" "@target-uri" "content-digest");created=1764000000;expires=1764000300;nonce="0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f";keyid="3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001"';

function received(changes: Record<string, string | string[] | undefined> = {}): SignatureHeaders {
  const all = Object.entries({ ...sound, ...changes });
  return Object.fromEntries(
    all.map(([name, value]) => [name, value === undefined ? undefined : [value].flat()]),
  );
}

describe('a signed request', () => {
  it('is signed over method, address and digest, and says when, for how long, by whom, and once', () => {
    expect(base.split('\n')).toEqual([
      '"@method": POST',
      '"@target-uri": https://chat.example.org/discovery/api/v1/ext/rumor',
      `"content-digest": ${contentDigest('{}')}`,
      `"@signature-params": ${INPUT}`,
    ]);
    expect(sound['signature-input']).toBe(`lattice=${INPUT}`);
    expect(sound['signature']).toBe('lattice=:AAAA:');
  });

  it('is read as it was signed', () => {
    const presented = readSignature(received());
    expect(presented).toMatchObject({ ...parameters, signature: 'AAAA', contentDigest: contentDigest('{}') });
    expect(presented.baseFor(parts)).toBe(base);
  });

  it('is read under any label, with its components in any order, and with alg', () => {
    const other = INPUT.replace('"@method" "@target-uri"', '"@target-uri" "@method"').replace(
      ';nonce',
      ';alg="rsa-pss-sha512";nonce',
    );
    const headers = received({ 'signature-input': `sig1=${other}`, signature: 'sig1=:AAAA:' });
    expect(readSignature(headers).baseFor(parts).split('\n').at(-1)).toBe(`"@signature-params": ${other}`);
  });

  it.each([['content-digest'], ['signature-input'], ['signature']])('is none without %s', (name) => {
    expect(() => readSignature(received({ [name]: undefined }))).toThrow(
      expect.objectContaining({ code: 'signature_required' }),
    );
  });

  const input = (change: (text: string) => string) => ({ 'signature-input': `lattice=${change(INPUT)}` });
  it.each<[string, Record<string, string | string[]>]>([
    ['a header sent twice', { 'content-digest': [contentDigest('{}'), contentDigest('')] }],
    ['two signatures', { signature: 'lattice=:AAAA:, b=:AAAA:' }],
    ['two inputs', { 'signature-input': `lattice=${INPUT}, b=${INPUT}` }],
    ['the signature of another input', { signature: 'other=:AAAA:' }],
    ['a signature that is no bytes', { signature: 'lattice="AAAA"' }],
    ['a signature with parameters', { signature: 'lattice=:AAAA:;x=1' }],
    ['an input that is no list', { 'signature-input': 'lattice="@method"' }],
    ['a component too few', input((text) => text.replace(' "content-digest"', ''))],
    ['a component too many', input((text) => text.replace('"content-digest"', '"content-digest" "date"'))],
    ['a component twice', input((text) => text.replace('"@target-uri"', '"@method"'))],
    [
      'a component with a parameter',
      input((text) => text.replace('"content-digest"', '"content-digest";sf')),
    ],
    ['a component that is a word', input((text) => text.replace('"@method"', 'method'))],
    ['a parameter too many', input((text) => `${text};tag="x"`)],
    ['no time', input((text) => text.replace('created=1764000000;', ''))],
    ['no end', input((text) => text.replace('expires=1764000300;', ''))],
    ['a time that is a text', input((text) => text.replace('1764000000', '"1764000000"'))],
    ['an end before its time', input((text) => text.replace('1764000300', '1763999999'))],
    ['a life of 301 seconds', input((text) => text.replace('1764000300', '1764000301'))],
    ['a time twice', input((text) => `${text};created=1764000000`)],
    ['no nonce', input((text) => text.replace(/nonce="[^"]*";/, ''))],
    ['a nonce of 15 letters', input((text) => text.replace(/nonce="[^"]*"/, `nonce="${'x'.repeat(15)}"`))],
    ['a nonce of 65 letters', input((text) => text.replace(/nonce="[^"]*"/, `nonce="${'x'.repeat(65)}"`))],
    ['a nonce with a quote', input((text) => text.replace(/nonce="[^"]*"/, `nonce="${'x'.repeat(20)}\\""`))],
    ['nobody', input((text) => text.replace(/;keyid="[^"]*"/, ''))],
    ['a name in place of a UUID', input((text) => text.replace(/keyid="[^"]*"/, 'keyid="chat.example.org"'))],
    ['a UUID in capitals', input((text) => text.replace('3f0c5a52', '3F0C5A52'))],
    ['another algorithm', input((text) => `${text};alg="hmac-sha256"`)],
  ])('is refused with %s', (_title, changes) => {
    expect(() => readSignature(received(changes))).toThrow(
      expect.objectContaining({ code: 'malformed_signature' }),
    );
  });
});

it.each([
  ['https://Chat.Example.org:443/discovery/api', 'https://chat.example.org/discovery/api'],
  ['http://[::1]:8080/a?b=c', 'http://[::1]:8080/a?b=c'],
])('the address %s is signed as %s', (url, signed) => {
  expect(targetUri(url)).toBe(signed);
});
