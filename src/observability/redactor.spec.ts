import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { redactor } from './redactor.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PKCS8 = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const SEC1 = privateKey.export({ type: 'sec1', format: 'pem' }) as string;
const ENCRYPTED = privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
}) as string;
const PUBLIC = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';

describe('without secrets', () => {
  const redact = redactor([]);

  it.each([
    ['PKCS#8', PKCS8],
    ['its own kind', SEC1],
    ['encrypted form', ENCRYPTED],
    ['one line with escaped line ends', JSON.stringify(PKCS8)],
    ['Windows text', PKCS8.replaceAll('\n', '\r\n')],
  ])('a private key in %s is taken out whole', (_, pem) => {
    expect(redact(`before ${pem.trim()} after`)).toMatch(/^before "?\[redacted\](\\n")? after$/);
  });

  it('a private key without its end takes the rest of the text along', () => {
    expect(redact(`before ${PKCS8.slice(0, 90)}`)).toBe('before [redacted]');
  });

  it('two keys are taken out one by one', () => {
    expect(redact(`${PKCS8}between\n${SEC1}`)).toBe('[redacted]\nbetween\n[redacted]\n');
  });

  it('a public key and ordinary text stay', () => {
    const text = `${PUBLIC} the private key is in private_key.pem`;
    expect(redact(text)).toBe(text);
  });
});

describe('with secrets', () => {
  const awkward = 'p@ss "w$rd\\/+(.*)';
  const redact = redactor(['token', 'token-and-more', awkward, 'abc', '']);

  it.each([
    ['as written', awkward],
    ['in a URL', encodeURIComponent(awkward)],
    ['in a JSON text', JSON.stringify({ awkward }).slice(12, -2)],
  ])('one is taken out %s, wherever it stands', (_, spelling) => {
    expect(redact(`x${spelling}y${spelling}`)).toBe('x[redacted]y[redacted]');
  });

  it('one that begins with another goes whole', () => {
    expect(redact('token-and-more, token')).toBe('[redacted], [redacted]');
  });

  it('one too short to be a secret leaves words alone', () => {
    expect(redact('abcdef')).toBe('abcdef');
  });
});
