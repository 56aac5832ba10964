import { describe, expect, it } from 'vitest';
import { MAX_PEERS } from '../protocol/limits.js';
import { hashOfEntries, leafOf } from '../protocol/records/digest.js';
import { DirectoryDigest } from './directory-digest.js';
import type { LeafEntry } from './records.repository.js';

const HASH = 'a'.repeat(64);
const LATER = 1_000_000;

/** A digest of these entries, and how often they were read. */
function digestOf(entries: readonly LeafEntry[]): { digest: DirectoryDigest; reads: () => number } {
  let reads = 0;
  const digest = new DirectoryDigest((leaves) => {
    reads += 1;
    const asked = new Set(leaves);
    return Promise.resolve(entries.filter(({ leaf }) => asked.has(leaf)));
  });
  return { digest, reads: () => reads };
}

const entry = (serverUuid: string): LeafEntry => ({
  leaf: leafOf(serverUuid),
  serverUuid,
  hash: HASH,
  relayedUntil: LATER,
});

describe('the digest of a directory', () => {
  it('is made of one bucket that holds every server there may be, too', async () => {
    const entries = Array.from({ length: MAX_PEERS }, (_, place) => ({
      ...entry('a'),
      serverUuid: `${place}`,
    }));
    const { digest } = digestOf(entries);
    expect((await digest.hashes(0)).buckets[leafOf('a') >> 4]).toBe(hashOfEntries(entries));
  });

  it('reads the leaves of a bucket once, until one of its records changes or is past its age', async () => {
    const entries = ['a', 'b', 'c', 'd'].map(entry);
    const { digest, reads } = digestOf(entries);
    const bucket = leafOf('a') >> 4;
    const hashes = await digest.leafHashes(bucket, 0);
    expect(hashes[leafOf('a') & 15]).toBe(hashOfEntries(entries.filter(({ leaf }) => leaf === leafOf('a'))));
    await digest.leafHashes(bucket, 1);
    expect(reads()).toBe(1);
    digest.mark('a');
    await digest.leafHashes(bucket, 1);
    expect(reads()).toBe(2);
    await digest.leafHashes(bucket, LATER);
    expect(reads()).toBe(3);
  });

  it('is made once for all who ask together', async () => {
    const { digest, reads } = digestOf([entry('a')]);
    await digest.hashes(0);
    const once = reads();
    const other = digestOf([entry('a')]);
    await Promise.all([other.digest.hashes(0), other.digest.hashes(0), other.digest.hashes(0)]);
    expect(other.reads()).toBe(once);
  });

  it('does not keep leaves that were read while one of them changed', async () => {
    const { digest, reads } = digestOf([entry('a')]);
    const reading = digest.leafHashes(leafOf('a') >> 4, 0);
    await Promise.resolve();
    digest.mark('a');
    await reading;
    await digest.leafHashes(leafOf('a') >> 4, 0);
    expect(reads()).toBe(2);
  });
});
