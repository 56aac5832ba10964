import {
  differing,
  hashOfEntries,
  leafOf,
  LEAVES_PER_BUCKET,
  BUCKETS,
  rootOf,
} from '../protocol/records/digest.js';
import { mergeRecord } from '../protocol/records/merge-record.js';
import { recordHash } from '../protocol/records/record-hash.js';
import type { RecordState } from '../protocol/records/record.js';
import type { Learnt } from '../sync/rumor-policy.js';

/** One state of a record, and its number among those of its server. */
interface Version {
  readonly state: RecordState;
  readonly hash: string;
  /** Summed over a directory, tells whether two are equal without looking through them. */
  readonly mark: number;
}

const NONE = -1;

/**
 * What every server holds of every other. A column of numbers per record instead of a map per server: 100,000 servers
 * that hold the same take one row. What nobody has changed since the beginning has no column at all.
 */
export class Directories {
  readonly #versions: Version[][];
  readonly #numbers: Map<string, number>[];
  readonly #columns: (Int32Array | undefined)[];
  readonly #marks: Float64Array;
  readonly #leaves: Int16Array;
  readonly #digests = new Map<number, Digest>();

  /**
   * @param first the record of each server when the simulation begins
   * @param isSettled whether all know all then; otherwise each knows itself
   */
  constructor(
    readonly size: number,
    first: (server: number) => RecordState,
    private readonly isSettled: boolean,
  ) {
    this.#numbers = Array.from({ length: size }, () => new Map<string, number>());
    this.#versions = Array.from({ length: size }, () => []);
    this.#columns = new Array<Int32Array | undefined>(size).fill(undefined);
    this.#marks = new Float64Array(size);
    this.#leaves = new Int16Array(size);
    for (let server = 0; server < size; server += 1) {
      const state = first(server);
      this.#leaves[server] = leafOf(state.serverUuid);
      this.#numberOf(server, state);
      if (!isSettled) this.#hold(server, server, 0);
    }
  }

  held(server: number, subject: number): RecordState | undefined {
    return this.#held(server, subject)?.state;
  }

  hash(server: number, subject: number): string | undefined {
    return this.#held(server, subject)?.hash;
  }

  /** Of a record that is, or was, held by somebody. */
  hashOf(subject: number, state: RecordState): string {
    return this.#versions[subject]![this.#numberOf(subject, state)]!.hash;
  }

  /** Takes a record in: the production merge, and what it has brought. */
  merge(server: number, subject: number, incoming: RecordState): Learnt {
    const held = this.held(server, subject);
    if (held === undefined) {
      this.#hold(server, subject, this.#numberOf(subject, incoming));
      return { type: 'new' };
    }
    const outcome = mergeRecord(held, incoming);
    if (outcome.type !== 'changed') return { type: 'unchanged' };
    this.#hold(server, subject, this.#numberOf(subject, outcome.state));
    const [before, after] = [held.announcement, outcome.state.announcement];
    const newerByMs = before === null || after === null ? 0 : after.at - before.at;
    return { type: 'changed', material: outcome.material, newerByMs };
  }

  forget(server: number, subject: number): void {
    this.#hold(server, subject, NONE);
  }

  /** Of the servers chosen, how many hold this very state of the subject. */
  countHolding(subject: number, hash: string, isCounted: (server: number) => boolean): number {
    let count = 0;
    for (let server = 0; server < this.size; server += 1) {
      if (isCounted(server) && this.hash(server, subject) === hash) count += 1;
    }
    return count;
  }

  isEqual(one: number, other: number): boolean {
    return this.#marks[one] === this.#marks[other];
  }

  /** Subjects in which two directories differ, found by descending from the root (wire protocol 2.3), and what that took. */
  compare(one: number, other: number): { readonly subjects: readonly number[]; readonly hashes: number } {
    const [ours, theirs] = [this.#digest(one), this.#digest(other)];
    if (ours.root === theirs.root) return { subjects: [], hashes: 1 };
    const buckets = differing(ours.buckets, theirs.buckets);
    const leaves = buckets.flatMap((bucket) => {
      const from = bucket * LEAVES_PER_BUCKET;
      const range = (digest: Digest): string[] => digest.leaves.slice(from, from + LEAVES_PER_BUCKET);
      return differing(range(ours), range(theirs)).map((leaf) => from + leaf);
    });
    const isDifferent = new Set(leaves);
    const subjects: number[] = [];
    let entries = 0;
    for (let subject = 0; subject < this.size; subject += 1) {
      if (!isDifferent.has(this.#leaves[subject]!)) continue;
      entries += 1;
      if (this.hash(one, subject) !== this.hash(other, subject)) subjects.push(subject);
    }
    return { subjects, hashes: 1 + BUCKETS + buckets.length * LEAVES_PER_BUCKET + 2 * entries };
  }

  #held(server: number, subject: number): Version | undefined {
    const number = this.#columns[subject]?.[server] ?? (this.isSettled ? 0 : NONE);
    return number === NONE ? undefined : this.#versions[subject]![number];
  }

  #hold(server: number, subject: number, number: number): void {
    const column = (this.#columns[subject] ??= new Int32Array(this.size).fill(this.isSettled ? 0 : NONE));
    const mark = (at: number): number => (at === NONE ? 0 : this.#versions[subject]![at]!.mark);
    // Exact: marks are whole numbers below 2^36, and no directory has 2^17 records.
    this.#marks[server]! += mark(number) - mark(column[server]!);
    column[server] = number;
  }

  #numberOf(subject: number, state: RecordState): number {
    const hash = recordHash(state);
    const known = this.#numbers[subject]!.get(hash);
    if (known !== undefined) return known;
    const number = this.#versions[subject]!.length;
    this.#versions[subject]!.push({ state, hash, mark: parseInt(hash.slice(0, 9), 16) });
    this.#numbers[subject]!.set(hash, number);
    return number;
  }

  /** Equal directories have one digest, made once. */
  #digest(server: number): Digest {
    const mark = this.#marks[server]!;
    let digest = this.#digests.get(mark);
    if (digest === undefined) {
      if (this.#digests.size >= MAX_DIGESTS) this.#digests.clear();
      digest = this.#makeDigest(server);
      this.#digests.set(mark, digest);
    }
    return digest;
  }

  #makeDigest(server: number): Digest {
    const entries = Array.from(
      { length: BUCKETS * LEAVES_PER_BUCKET },
      (): { serverUuid: string; hash: string }[] => [],
    );
    for (let subject = 0; subject < this.size; subject += 1) {
      const version = this.#held(server, subject);
      if (version === undefined) continue;
      entries[this.#leaves[subject]!]!.push({ serverUuid: version.state.serverUuid, hash: version.hash });
    }
    const leaves = entries.map(hashOfEntries);
    const buckets = Array.from({ length: BUCKETS }, (_, bucket) =>
      hashOfEntries(entries.slice(bucket * LEAVES_PER_BUCKET, (bucket + 1) * LEAVES_PER_BUCKET).flat()),
    );
    return { root: rootOf(buckets), buckets, leaves };
  }
}

/** Digests remembered; each of 4,096 hashes takes 400 KB. */
const MAX_DIGESTS = 64;

interface Digest {
  readonly root: string;
  readonly buckets: string[];
  readonly leaves: string[];
}
