import { createHash } from 'node:crypto';

/** Buckets by the first byte of SHA-256 of the server_uuid, and below each by the four bits after it (wire protocol 2.3). */
export const BUCKETS = 256;
export const LEAVES_PER_BUCKET = 16;
export const LEAVES = BUCKETS * LEAVES_PER_BUCKET;

export interface DigestEntry {
  readonly serverUuid: string;
  /** Of the record, see `recordHash`. */
  readonly hash: string;
}

/** The leaf, 0 to 4095, in which a server is compared; its bucket is `leaf >> 4`. */
export function leafOf(serverUuid: string): number {
  return createHash('sha256').update(serverUuid).digest().readUInt16BE(0) >> 4;
}

/** Hash of a bucket or a leaf: SHA-256 over its entries in order of their UUIDs, `uuid hash` a line each; in hex. */
export function hashOfEntries(entries: readonly DigestEntry[]): string {
  const lines = entries.map(({ serverUuid, hash }) => `${serverUuid} ${hash}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Hash of a whole directory: SHA-256 over the hashes of its 256 buckets in hex, a line each. */
export function rootOf(bucketHashes: readonly string[]): string {
  return createHash('sha256').update(bucketHashes.join('\n')).digest('hex');
}

/** Places at which two lists of hashes of the same length differ: where to look below. */
export function differing(ours: readonly string[], theirs: readonly string[]): number[] {
  return ours.flatMap((hash, place) => (hash === theirs[place] ? [] : [place]));
}
