import { createHash } from 'node:crypto';
import { isInnerList, parseDictionary } from './structured-field.js';

/** Of a body (RFC 9530), in its bytes as sent. A request without one has the digest of no bytes: so nobody can add one. */
export function contentDigest(body: string | Uint8Array): string {
  return `sha-256=:${sha256(body).toString('base64')}:`;
}

/**
 * Whether the header names this body. Further digests in it are not looked at, as long as that of SHA-256 is there.
 * @throws FederationError `malformed_signature`
 */
export function isDigestOf(header: string, body: Uint8Array): boolean {
  const named = parseDictionary(header).get('sha-256');
  if (named === undefined || isInnerList(named) || !Buffer.isBuffer(named.value)) return false;
  return named.value.equals(sha256(body));
}

function sha256(body: string | Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}
