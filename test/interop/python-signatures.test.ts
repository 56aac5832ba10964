import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/platform/base64.js';
import { SeededRandom } from '../../src/platform/random.js';
import { generateKeyPair, SignatureVerifier, Signer } from '../../src/platform/keys.js';

/** Answers one JSON request on stdin as a deployed server would: with `cryptography` and `base64`. */
const PYTHON = `
import base64, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

def pss(salt):
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt)

def sign(private_key, text):
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    signature = key.sign(text.encode(), pss(padding.PSS.MAX_LENGTH), hashes.SHA256())
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"signature": base64.b64encode(signature).decode(), "public_key": public.decode()}

def verify(public_key, text, signature):
    key = serialization.load_pem_public_key(public_key.encode())
    def holds(salt):
        try:
            key.verify(base64.b64decode(signature), text.encode(), pss(salt), hashes.SHA256())
            return True
        except InvalidSignature:
            return False
    return {"any_salt": holds(padding.PSS.AUTO), "longest_salt": holds(padding.calculate_max_pss_salt_length(key, hashes.SHA256()))}

def decode(texts):
    def one(text):
        try:
            return base64.b64decode(text).hex()
        except ValueError:
            return None
    return [one(text) for text in texts]

request = json.load(sys.stdin)
print(json.dumps(globals()[request["call"]](**request["with"])))
`;

function python(call: 'sign' | 'verify' | 'decode', parameters: object): unknown {
  const input = JSON.stringify({ call, with: parameters });
  return JSON.parse(execFileSync('python3', ['-c', PYTHON], { input, encoding: 'utf8' }));
}

/** Why there is no Python to compare with, or null. */
function whatIsMissing(): string | null {
  try {
    execFileSync('python3', ['-c', ''], { stdio: 'ignore' });
  } catch {
    return 'python3';
  }
  try {
    execFileSync('python3', ['-c', 'import cryptography'], { stdio: 'ignore' });
    return null;
  } catch {
    return "python3's package cryptography";
  }
}

const missing = whatIsMissing();
const why = missing === null ? '' : ` (skipped: needs ${missing})`;

describe.skipIf(missing !== null)(`between this server and Python${why}`, () => {
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
    expect(here).toEqual(python('decode', { texts: samples }));
    expect(here.filter((decoded) => decoded !== null && decoded !== '').length).toBeGreaterThan(500);
  });
});
