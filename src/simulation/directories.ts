import {
  BUCKETS,
  differing,
  hashOfEntries,
  leafOf,
  LEAVES,
  LEAVES_PER_BUCKET,
  rootOf,
  type DigestEntry,
} from '../protocol/records/digest.js';
import { mergeRecord } from '../protocol/records/merge-record.js';
import type { Brought } from '../protocol/records/news.js';
import { recordHash } from '../protocol/records/record-hash.js';
import type { RecordState } from '../protocol/records/record.js';

/** One state of a record. */
interface Version {
  readonly state: RecordState;
  readonly hash: string;
  /** Summed over a directory, tells whether two are equal without looking through them. */
  readonly mark: number;
}

interface Digest {
  readonly root: string;
  readonly buckets: readonly string[];
  readonly leaves: readonly string[];
}

const NONE = -1;
/** Digests remembered. Each is two lists of hashes that it mostly shares with others: 35 KB. */
const MAX_DIGESTS = 1_000;

/**
 * What every server holds of every other. A column of numbers per record instead of a map per server: 100,000 servers
 * that hold the same take one row. What nobody has changed since the beginning has no column at all.
 */
export class Directories {
  readonly #versions: Version[][];
  readonly #columns: (Int32Array | undefined)[];
  /** The number of the version that a column is filled with: the first, or none. */
  readonly #initial: number;
  /** Subjects that have a column. */
  readonly #changed: number[] = [];
  readonly #marks: Float64Array;
  readonly #leafOf: Int16Array;
  /** The subjects in each leaf. */
  readonly #leaves: readonly number[][] = Array.from({ length: LEAVES }, () => []);
  readonly #digests = new Map<number, Digest>();
  /** Of a directory in which nothing has changed, from which the others are derived. */
  #initialDigest: Digest | undefined;
  /** Subjects known to each server, in the order in which it came to know them; where all know all, one list is enough. */
  readonly #known: number[][];

  /**
   * @param first the record of each server when the simulation begins
   * @param isSettled whether all know all then; otherwise each knows itself
   */
  constructor(
    readonly size: number,
    first: (server: number) => RecordState,
    private readonly isSettled: boolean,
  ) {
    this.#initial = isSettled ? 0 : NONE;
    this.#versions = Array.from({ length: size }, () => []);
    this.#columns = new Array<Int32Array | undefined>(size).fill(undefined);
    this.#marks = new Float64Array(size);
    this.#leafOf = new Int16Array(size);
    this.#known = isSettled
      ? [Array.from({ length: size }, (_, server) => server)]
      : Array.from({ length: size }, () => []);
    for (let server = 0; server < size; server += 1) {
      const state = first(server);
      const leaf = leafOf(state.serverUuid);
      this.#leafOf[server] = leaf;
      this.#leaves[leaf]!.push(server);
      this.#numberOf(server, state);
      if (!isSettled) this.#hold(server, server, 0);
    }
  }

  /** Whom a server has in its directory, itself among them. */
  knownTo(server: number): readonly number[] {
    return this.#known[this.isSettled ? 0 : server]!;
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

  /** Takes a record in: the production merge, and what it has brought; null for nothing. */
  merge(server: number, subject: number, incoming: RecordState): Brought | null {
    const held = this.held(server, subject);
    if (held === undefined) {
      this.#hold(server, subject, this.#numberOf(subject, incoming));
      return { material: true, newerByMs: 0 };
    }
    const outcome = mergeRecord(held, incoming);
    if (outcome.type !== 'changed') return null;
    this.#hold(server, subject, this.#numberOf(subject, outcome.state));
    const [before, after] = [held.announcement, outcome.state.announcement];
    const newerByMs = before === null || after === null ? 0 : after.at - before.at;
    return { material: outcome.material, newerByMs };
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
    const candidates = leaves.flatMap((leaf) => this.#leaves[leaf]!);
    const subjects = candidates
      .filter((subject) => this.hash(one, subject) !== this.hash(other, subject))
      .sort((left, right) => left - right);
    const hashes = 1 + BUCKETS + buckets.length * LEAVES_PER_BUCKET + 2 * candidates.length;
    return { subjects, hashes };
  }

  #held(server: number, subject: number): Version | undefined {
    const number = this.#columns[subject]?.[server] ?? this.#initial;
    return number === NONE ? undefined : this.#versions[subject]![number];
  }

  #hold(server: number, subject: number, number: number): void {
    const column = (this.#columns[subject] ??= this.#newColumn(subject));
    const mark = (at: number): number => (at === NONE ? 0 : this.#versions[subject]![at]!.mark);
    const before = column[server]!;
    // Exact: marks are whole numbers below 2^36, and no directory has 2^17 records.
    this.#marks[server]! += mark(number) - mark(before);
    column[server] = number;
    if (before === NONE && !this.isSettled) this.#known[server]!.push(subject);
  }

  #newColumn(subject: number): Int32Array {
    this.#changed.push(subject);
    return new Int32Array(this.size).fill(this.#initial);
  }

  /** Most are asked for by the state that is kept here, and found without being hashed again. */
  #numberOf(subject: number, state: RecordState): number {
    const versions = this.#versions[subject]!;
    const same = versions.findLastIndex((version) => version.state === state);
    if (same !== NONE) return same;
    const hash = recordHash(state);
    const equal = versions.findLastIndex((version) => version.hash === hash);
    if (equal !== NONE) return equal;
    return versions.push({ state, hash, mark: parseInt(hash.slice(0, 9), 16) }) - 1;
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

  /** The initial one, hashed anew where something has changed. */
  #makeDigest(server: number): Digest {
    const { leaves, buckets } = (this.#initialDigest ??= this.#makeInitialDigest());
    const changed = this.#changed.filter((subject) => this.#columns[subject]![server] !== this.#initial);
    const versionOf = (subject: number): Version | undefined => this.#held(server, subject);
    return this.#digestOf(
      [...leaves],
      [...buckets],
      new Set(changed.map((subject) => this.#leafOf[subject]!)),
      versionOf,
    );
  }

  #makeInitialDigest(): Digest {
    const all = Array.from({ length: LEAVES }, (_, leaf) => leaf);
    const versionOf = (subject: number): Version | undefined => this.#versions[subject]![this.#initial];
    return this.#digestOf([], [], new Set(all), versionOf);
  }

  #digestOf(
    leaves: string[],
    buckets: string[],
    touched: ReadonlySet<number>,
    versionOf: (subject: number) => Version | undefined,
  ): Digest {
    const entries = (leaf: number): DigestEntry[] =>
      this.#leaves[leaf]!.flatMap((subject) => {
        const version = versionOf(subject);
        return version === undefined ? [] : [{ serverUuid: version.state.serverUuid, hash: version.hash }];
      });
    for (const leaf of touched) leaves[leaf] = hashOfEntries(entries(leaf));
    for (const bucket of new Set([...touched].map((leaf) => Math.floor(leaf / LEAVES_PER_BUCKET)))) {
      const from = bucket * LEAVES_PER_BUCKET;
      const below = Array.from({ length: LEAVES_PER_BUCKET }, (_, place) => entries(from + place));
      buckets[bucket] = hashOfEntries(below.flat());
    }
    return { root: rootOf(buckets), buckets, leaves };
  }
}
