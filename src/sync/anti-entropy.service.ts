import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { afterLast } from '../peers/record-text.js';
import { RecordsService } from '../peers/records.service.js';
import { Clock } from '../platform/clock.js';
import { nextTurn } from '../platform/event-loop.js';
import { MAX_DIGEST_BUCKETS, MAX_DIGEST_LEAVES, MAX_RECORDS_PER_LIST } from '../protocol/limits.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import {
  differing,
  hashOfEntries,
  leafOf,
  LEAVES_PER_BUCKET,
  type DigestEntry,
} from '../protocol/records/digest.js';
import { DirectoryClient, type Cursor } from './directory-client.js';
import { MAX_PARTNERS, nextPartner } from './partner-policy.js';

/** Below so many servers of our own, reading the other's list whole is cheaper than comparing. */
const FEW_RECORDS = 1_000;

/** Pages of changes read in one comparison: 40 hold a full directory, the others what changes meanwhile. */
const MAX_PAGES = 48;
/**
 * One comparison, so that no partner keeps the others from their turn. Taking over a full directory may need several: what
 * was taken stays.
 */
const COMPARISON_TIMEOUT_MS = 120_000;
const HASH_OF_NO_ENTRIES = hashOfEntries([]);

/** What came of one comparison. */
export interface ComparisonOutcome {
  /** Of the neighbour. */
  readonly serverUuid: string;
  readonly serverId: string;
  /** Records that were asked for, and those of them that brought something new. */
  readonly asked: number;
  readonly taken: number;
  /** Whether both directories are equal afterwards, as far as both told. */
  readonly equal: boolean;
}

/** One that is under way. */
interface Comparison {
  readonly partner: Peer;
  readonly signal: AbortSignal;
  asked: number;
  taken: number;
}

interface Progress {
  readonly triedAtMs: number;
  readonly cursor: Cursor | null;
}

/** Compares our directory with one neighbour's after another, and takes what is missing here (wire protocol 2.5, "Anti-entropy"). */
@Injectable()
export class AntiEntropyService {
  private readonly partners = new LRUCache<string, Progress>({ max: MAX_PARTNERS });

  constructor(
    private readonly neighbors: NeighborsService,
    private readonly records: RecordsService,
    private readonly peers: PeersService,
    private readonly directories: DirectoryClient,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /** With the ext neighbour whose turn it is; null without one. */
  async run(): Promise<ComparisonOutcome | null> {
    const neighbors = await this.neighbors.extNeighborsNotDown();
    const turn = nextPartner(
      neighbors.map(({ serverUuid: id }) => ({ id, triedAtMs: this.partners.get(id)?.triedAtMs ?? null })),
    );
    const partner = neighbors.find(({ serverUuid }) => serverUuid === turn);
    if (partner === undefined) return null;
    return this.compareWith(partner);
  }

  async compareWith(partner: Peer): Promise<ComparisonOutcome> {
    const { serverUuid, serverId } = partner;
    const cursor = this.partners.get(serverUuid)?.cursor ?? null;
    this.keep(partner, cursor);
    const deadline = new AbortController();
    const timer = this.clock.after(COMPARISON_TIMEOUT_MS, () =>
      deadline.abort(new Error('it took too long')),
    );
    const comparison = { partner, signal: deadline.signal, asked: 0, taken: 0 };
    let equal = false;
    try {
      equal = await this.compare(comparison, cursor);
    } catch (error) {
      // What was taken until then stays, and the next turn goes on from there.
      if (error !== deadline.signal.reason) throw error;
    } finally {
      timer.cancel();
    }
    const { asked, taken } = comparison;
    const outcome = { serverUuid, serverId, asked, taken, equal };
    this.events.emit('sync.finished', outcome);
    return outcome;
  }

  private async compare(comparison: Comparison, cursor: Cursor | null): Promise<boolean> {
    const follows = cursor !== null || (await this.peers.counts()).total < FEW_RECORDS;
    const theirRoot = follows ? await this.followChanges(comparison, cursor) : null;
    const ours = await this.records.digest();
    return theirRoot === ours.root || (await this.compareDigests(comparison, ours));
  }

  /**
   * What has changed there since we last looked, a page at a time. Answers the root of their digest, if they tell it, and
   * null where they come to no end: what they have besides, comparing digests finds.
   */
  private async followChanges(comparison: Comparison, from: Cursor | null): Promise<string | null> {
    const { partner, signal } = comparison;
    let cursor = from;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const { epoch, after, changes, more, root } = await this.directories.changes(partner, cursor, {
        signal,
      });
      await this.fetch(comparison, changes);
      const isSamePlace = cursor?.epoch === epoch && after <= cursor.after;
      // Kept page by page: what was fetched is not fetched again where the next page fails.
      cursor = { epoch, after };
      this.keep(partner, cursor);
      if (!more) return root;
      if (isSamePlace) return null;
    }
    return null;
  }

  /** True where both are equal from the start. */
  private async compareDigests(
    comparison: Comparison,
    ours: { readonly root: string; readonly buckets: readonly string[] },
  ): Promise<boolean> {
    const { partner, signal } = comparison;
    const theirs = await this.directories.compare(partner, ours.root, { signal });
    if (!theirs.same) {
      const buckets = differing(ours.buckets, theirs.bucketHashes);
      for (const some of chunks(buckets, MAX_DIGEST_BUCKETS)) await this.compareBuckets(comparison, some);
    }
    const { epoch, after } = theirs;
    this.keep(partner, { epoch, after });
    return theirs.same;
  }

  private async compareBuckets(comparison: Comparison, buckets: readonly number[]): Promise<void> {
    const { partner, signal } = comparison;
    let leaves: number[] = [];
    for (const { bucket, hashes } of await this.directories.leafHashes(partner, buckets, { signal })) {
      const places = differing(await this.records.leafHashes(bucket), hashes);
      const filled = places.filter((place) => hashes[place] !== HASH_OF_NO_ENTRIES);
      leaves.push(...filled.map((place) => bucket * LEAVES_PER_BUCKET + place));
    }
    while (leaves.length > 0) {
      const some = leaves.slice(0, MAX_DIGEST_LEAVES);
      const entries = await this.directories.entries(partner, some, { signal });
      await this.fetch(comparison, entries);
      leaves = leaves.slice(reached(some, entries));
    }
  }

  /**
   * Those that are other than ours; which of two is newer, the record itself tells. While some are written, the next are
   * verified, and those after them are on their way.
   */
  private async fetch(comparison: Comparison, entries: readonly DigestEntry[]): Promise<void> {
    let missing = await this.records.wanted(entries);
    let coming = this.ask(comparison, missing);
    let taking = Promise.resolve();
    try {
      while (missing.length > 0) {
        const records = await coming;
        const asked = missing.slice(0, MAX_RECORDS_PER_LIST);
        missing = [...afterLast(asked, records), ...missing.slice(MAX_RECORDS_PER_LIST)];
        coming = this.ask(comparison, missing);
        const before = taking;
        taking = heeded(this.take(comparison, records));
        await before;
        await nextTurn();
      }
    } finally {
      await taking;
    }
  }

  private ask({ partner, signal }: Comparison, missing: readonly string[]): Promise<readonly WireRecord[]> {
    if (missing.length === 0) return Promise.resolve([]);
    return heeded(this.directories.records(partner, missing.slice(0, MAX_RECORDS_PER_LIST), { signal }));
  }

  private async take(comparison: Comparison, records: readonly WireRecord[]): Promise<void> {
    if (records.length === 0) return;
    comparison.asked += records.length;
    const outcomes = await this.records.takeAllRelayed(records, comparison.partner, true);
    comparison.taken += outcomes.filter(({ type }) => type === 'taken').length;
  }

  private keep({ serverUuid }: Peer, cursor: Cursor | null): void {
    this.partners.set(serverUuid, { triedAtMs: this.clock.now(), cursor });
  }
}

/**
 * How many of the leaves that were asked for an answer has dealt with: those up to the last one of which it tells, as they
 * come in order and none of them is empty there. Of one that holds more than an answer it may have told a part; the next
 * comparison hears of others.
 */
function reached(leaves: readonly number[], entries: readonly DigestEntry[]): number {
  const told = new Set(entries.map(({ serverUuid }) => leafOf(serverUuid)));
  return Math.max(1, leaves.findLastIndex((leaf) => told.has(leaf)) + 1);
}

/** Whoever waits for it hears how it failed. Nobody may, where what came before it has failed, too. */
function heeded<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, place) =>
    items.slice(place * size, (place + 1) * size),
  );
}
