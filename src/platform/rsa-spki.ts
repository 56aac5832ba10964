/** What stands before the two numbers: the algorithm rsaEncryption, without parameters. */
const ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex');
/** The exponent 65537 as an INTEGER. */
const EXPONENT = Buffer.from('0203010001', 'hex');
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;
/** Four tags with lengths of two bytes each, the algorithm, and the count of unused bits of the BIT STRING. */
const MODULUS_OFFSET = 4 * 4 + ALGORITHM.length + 1;
const HEAD = '-----BEGIN PUBLIC KEY-----\n';
const FOOT = '-----END PUBLIC KEY-----\n';
const LINES_OF_64 = /.{1,64}/g;

/**
 * The modulus of an RSA key with the exponent 65537, where the text is SubjectPublicKeyInfo PEM exactly as `openssl`
 * writes it (RFC 5280, RFC 7468), as an unsigned big-endian number without leading zeros; otherwise null, and for
 * keys of less than 2048 bits. OpenSSL's own reader tries all formats that it knows, and takes many times as long.
 */
export function rsaModulusIn(pem: string): Buffer | null {
  if (!pem.startsWith(HEAD) || !pem.endsWith(FOOT)) return null;
  const der = Buffer.from(pem.slice(HEAD.length, -FOOT.length), 'base64');
  const integer = der.subarray(MODULUS_OFFSET, -EXPONENT.length);
  const modulus = integer[0] === 0 ? integer.subarray(1) : integer;
  // Whatever was skipped or read loosely is no longer the same when it is written again.
  return modulus.length >= 256 && modulus[0] !== 0 && pemOf(modulus) === pem ? modulus : null;
}

function pemOf(modulus: Buffer): string {
  const sign = modulus[0]! >= 0x80 ? [0] : [];
  const numbers = element(SEQUENCE, [element(INTEGER, [Buffer.from(sign), modulus]), EXPONENT]);
  const der = element(SEQUENCE, [ALGORITHM, element(BIT_STRING, [Buffer.from([0]), numbers])]);
  return `${HEAD}${der.toString('base64').match(LINES_OF_64)!.join('\n')}\n${FOOT}`;
}

/** DER with a length of two bytes, as all are that hold 256 bytes and more. */
function element(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content]);
}
