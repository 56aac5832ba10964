import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/platform/base64.js';
import { SeededRandom } from '../../src/platform/random.js';
import { generateKeyPair, SignatureVerifier, Signer } from '../../src/platform/keys.js';
import { hasPython, python, skipped } from './python.js';

const DECODE = `
def decode(texts):
    def one(text):
        try:
            return base64.b64decode(text).hex()
        except ValueError:
            return None
    return [one(text) for text in texts]
`;

describe.skipIf(!hasPython)(`between this server and Python${skipped}`, () => {
  const texts = ['', '{"a": 1.0, "b": "\\u00e9"}', 'raw UTF-8: \u00e9 \u{1f600}', 'x'.repeat(100_000)];

  it.each(texts)('a text signed here verifies there: %.30j', async (text) => {
    const signer = Signer.fromPrivateKey((await generateKeyPair()).privateKeyPem);
    const signature = await signer.sign(text);
    const verdict = (signed: string): unknown =>
      python('verify', { public_key: signer.publicKeyPem, text: signed, signature });
    expect(verdict(text)).toEqual({ any_salt: true, longest_salt: true });
    expect(verdict(text + ' ')).toEqual({ any_salt: false, longest_salt: false });
  });

  it.each(texts)('a text signed there verifies here: %.30j', async (text) => {
    const { privateKeyPem, publicKeyPem } = await generateKeyPair();
    const signed = python('sign', { private_key: privateKeyPem, text }) as {
      signature: string;
      public_key: string;
    };
    expect(signed.public_key).toBe(publicKeyPem);
    const verifier = new SignatureVerifier();
    expect(await verifier.verify(publicKeyPem, text, signed.signature)).toBe(true);
    expect(await verifier.verify(publicKeyPem, text + ' ', signed.signature)).toBe(false);
  });

  it('base64 is read alike, down to the damaged', () => {
    const random = new SeededRandom(1);
    const alphabet = [...'AQgwZ09+/==== \n-_!\u00e9'];
    const samples = Array.from({ length: 5_000 }, () => {
      const length = Math.floor(random.uniform() * 12);
      return Array.from({ length }, () => random.sample(alphabet, 1)[0]).join('');
    });
    const here = samples.map((sample) => decodeBase64(sample)?.toString('hex') ?? null);
    expect(here).toEqual(python('decode', { texts: samples }, DECODE));
    expect(here.filter((decoded) => decoded !== null && decoded !== '').length).toBeGreaterThan(500);
  });
});
