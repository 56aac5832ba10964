import { createHash, timingSafeEqual } from 'node:crypto';
import type { HeaderValues } from './administration.js';

/** In constant time: hashes are compared, so neither length nor prefix of the token shows in the duration. */
export function isAdminToken(presented: readonly string[], adminToken: string): boolean {
  const [only, ...others] = presented;
  // Node decodes header bytes as Latin-1.
  return (
    only !== undefined &&
    others.length === 0 &&
    timingSafeEqual(digestOf(Buffer.from(only, 'latin1')), digestOf(Buffer.from(adminToken, 'utf8')))
  );
}

/** The tokens a request carries; X-Lattice-Admin-Token wins, so that Authorization can serve a proxy's own password. */
export function presentedTokens(headers: HeaderValues): readonly string[] {
  const own = headers['x-lattice-admin-token'];
  if (own !== undefined) return own;
  return (headers.authorization ?? []).flatMap((value) => /^bearer +(.*)$/i.exec(value)?.[1] ?? []);
}

function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
