import { BUCKETS, hashOfEntries, leafOf, LEAVES_PER_BUCKET, rootOf } from '../protocol/records/digest.js';
import { nextTurn } from '../platform/event-loop.js';
import type { LeafEntry } from './records.repository.js';

/** What the hashes of the buckets are made from: the entries of these leaves that may be told just now. */
export type ReadLeaves = (leaves: readonly number[], nowMs: number) => Promise<readonly LeafEntry[]>;

/** Other processes may write to the directory (an import, the operator's SQL), and say nothing. */
const REMAKE_AFTER_MS = 600_000;
/** Buckets read with one statement: of a full directory 12,500 rows. */
const BUCKETS_AT_ONCE = 16;

interface Bucket {
  readonly hash: string;
  readonly madeAtMs: number;
  /** When the first of its records is relayed no longer, so that it becomes another. */
  readonly staleAtMs: number;
}

/**
 * Hashes of the directory's 256 buckets (wire protocol 2.3), kept in memory, 64 bytes each. A change marks its bucket, time
 * ends it with the first record that is past its relay age; only such buckets are made anew, and only when asked for.
 */
export class DirectoryDigest {
  private readonly buckets: (Bucket | null)[] = new Array<Bucket | null>(BUCKETS).fill(null);
  /** Counts the marks, so that what was read before a change is not taken for what is after it. */
  private readonly marks: number[] = new Array<number>(BUCKETS).fill(0);

  constructor(private readonly readLeaves: ReadLeaves) {}

  mark(serverUuid: string): void {
    const bucket = leafOf(serverUuid) >> 4;
    this.marks[bucket]! += 1;
    this.buckets[bucket] = null;
  }

  async hashes(nowMs: number): Promise<{ readonly root: string; readonly buckets: readonly string[] }> {
    const found = this.buckets.map((bucket) => (isFresh(bucket, nowMs) ? bucket.hash : null));
    const missing = found.flatMap((hash, place) => (hash === null ? [place] : []));
    for (let from = 0; from < missing.length; from += BUCKETS_AT_ONCE) {
      if (from > 0) await nextTurn();
      const made = await this.make(missing.slice(from, from + BUCKETS_AT_ONCE), nowMs);
      for (const [place, hash] of made) found[place] = hash;
    }
    const buckets = found as string[];
    return { root: rootOf(buckets), buckets };
  }

  private async make(places: readonly number[], nowMs: number): Promise<Map<number, string>> {
    const marks = places.map((place) => this.marks[place]);
    const entries = await this.readLeaves(places.flatMap(leavesOf), nowMs);
    const byBucket = new Map(places.map((place) => [place, [] as LeafEntry[]]));
    for (const entry of entries) byBucket.get(entry.leaf >> 4)!.push(entry);
    return new Map(
      places.map((place, position) => {
        const within = byBucket.get(place)!;
        const staleAtMs = Math.min(...within.map(({ relayedUntil }) => relayedUntil));
        const bucket = { hash: hashOfEntries(within), madeAtMs: nowMs, staleAtMs };
        if (this.marks[place] === marks[position]) this.buckets[place] = bucket;
        return [place, bucket.hash];
      }),
    );
  }
}

/** The sixteen leaves of a bucket. */
export function leavesOf(bucket: number): number[] {
  return Array.from({ length: LEAVES_PER_BUCKET }, (_, place) => bucket * LEAVES_PER_BUCKET + place);
}

function isFresh(bucket: Bucket | null, nowMs: number): bucket is Bucket {
  // Also made anew where the clock was set back.
  return bucket !== null && nowMs < bucket.staleAtMs && Math.abs(nowMs - bucket.madeAtMs) < REMAKE_AFTER_MS;
}
