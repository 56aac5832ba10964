import { BUCKETS, hashOfEntries, leafOf, LEAVES_PER_BUCKET, rootOf } from '../protocol/records/digest.js';
import { nextTurn } from '../platform/event-loop.js';
import { Mutex } from '../platform/mutex.js';
import type { LeafEntry } from './records.repository.js';

/** What the hashes of the buckets are made from: the entries of these leaves that may be told just now. */
export type ReadLeaves = (leaves: readonly number[], nowMs: number) => Promise<readonly LeafEntry[]>;

/** Other processes may write to the directory (an import, the operator's SQL), and say nothing. */
const REMAKE_AFTER_MS = 600_000;
/** Buckets read with one statement: of a full directory 12,500 rows. */
const BUCKETS_AT_ONCE = 16;

interface Made {
  readonly madeAtMs: number;
  /** When the first of its records is relayed no longer, so that it becomes another. */
  readonly staleAtMs: number;
}

interface Bucket extends Made {
  readonly hash: string;
}

interface Leaves extends Made {
  readonly hashes: readonly string[];
}

/**
 * Hashes of the directory's 256 buckets and of the leaves below them (wire protocol 2.3), kept in memory, 64 bytes each. A
 * change marks its bucket, time ends it with the first record that is past its relay age; only such buckets are made anew,
 * and only when asked for.
 */
export class DirectoryDigest {
  private readonly buckets: (Bucket | null)[] = new Array<Bucket | null>(BUCKETS).fill(null);
  /** By bucket. */
  private readonly leaves: (Leaves | null)[] = new Array<Leaves | null>(BUCKETS).fill(null);
  /** Counts the marks, so that what was read before a change is not taken for what is after it. */
  private readonly marks: number[] = new Array<number>(BUCKETS).fill(0);

  /** So that those who ask together have it read once. */
  private readonly turns = new Mutex();

  constructor(private readonly readLeaves: ReadLeaves) {}

  mark(serverUuid: string): void {
    const bucket = leafOf(serverUuid) >> 4;
    this.marks[bucket]! += 1;
    this.buckets[bucket] = null;
    this.leaves[bucket] = null;
  }

  hashes(nowMs: number): Promise<{ readonly root: string; readonly buckets: readonly string[] }> {
    return this.turns.run(() => this.bucketHashes(nowMs));
  }

  /** Of the sixteen leaves of a bucket. */
  leafHashes(bucket: number, nowMs: number): Promise<readonly string[]> {
    return this.turns.run(() => this.leafHashesOf(bucket, nowMs));
  }

  private async bucketHashes(
    nowMs: number,
  ): Promise<{ readonly root: string; readonly buckets: readonly string[] }> {
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

  private async leafHashesOf(bucket: number, nowMs: number): Promise<readonly string[]> {
    const held = this.leaves[bucket] ?? null;
    if (isFresh(held, nowMs)) return held.hashes;
    const mark = this.marks[bucket];
    const entries = await this.readLeaves(leavesOf(bucket), nowMs);
    const hashes = leavesOf(bucket).map((leaf) => hashOfEntries(entries.filter((one) => one.leaf === leaf)));
    if (this.marks[bucket] === mark) {
      this.leaves[bucket] = { hashes, madeAtMs: nowMs, staleAtMs: staleAtMsOf(entries) };
    }
    return hashes;
  }

  private async make(places: readonly number[], nowMs: number): Promise<Map<number, string>> {
    const marks = places.map((place) => this.marks[place]);
    const entries = await this.readLeaves(places.flatMap(leavesOf), nowMs);
    const byBucket = new Map(places.map((place) => [place, [] as LeafEntry[]]));
    for (const entry of entries) byBucket.get(entry.leaf >> 4)!.push(entry);
    return new Map(
      places.map((place, position) => {
        const within = byBucket.get(place)!;
        const bucket = { hash: hashOfEntries(within), madeAtMs: nowMs, staleAtMs: staleAtMsOf(within) };
        if (this.marks[place] === marks[position]) this.buckets[place] = bucket;
        return [place, bucket.hash];
      }),
    );
  }
}

/** The sixteen leaves of a bucket. */
function leavesOf(bucket: number): number[] {
  return Array.from({ length: LEAVES_PER_BUCKET }, (_, place) => bucket * LEAVES_PER_BUCKET + place);
}

/** Somebody may have chosen UUIDs that all fall into one bucket: more than a call can have arguments. */
function staleAtMsOf(entries: readonly LeafEntry[]): number {
  return entries.reduce((first, { relayedUntil }) => Math.min(first, relayedUntil), Infinity);
}

function isFresh<M extends Made>(made: M | null, nowMs: number): made is M {
  // Also made anew where the clock was set back.
  return made !== null && nowMs < made.staleAtMs && Math.abs(nowMs - made.madeAtMs) < REMAKE_AFTER_MS;
}
