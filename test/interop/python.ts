import { execFileSync } from 'node:child_process';

/** How a deployed server signs and verifies: with `cryptography` and `base64`. */
const PROGRAM = `
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
`;

const CALL = `
request = json.load(sys.stdin)
print(json.dumps(globals()[request["call"]](**request["with"])))
`;

/** What a function answers to JSON parameters: `sign`, `verify`, or one of those in `functions`. */
export function python(call: string, parameters: object, functions = ''): unknown {
  const input = JSON.stringify({ call, with: parameters });
  const program = PROGRAM + functions + CALL;
  return JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' }));
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

export const hasPython = missing === null;
/** For the name of a suite that is skipped without it. */
export const skipped = missing === null ? '' : ` (skipped: needs ${missing})`;
