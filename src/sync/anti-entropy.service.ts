import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { RecordsService } from '../peers/records.service.js';
import { Clock } from '../platform/clock.js';
import { nextTurn } from '../platform/event-loop.js';
import { MAX_DIGEST_BUCKETS, MAX_DIGEST_LEAVES, MAX_RECORDS_PER_LIST } from '../protocol/limits.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { differing, LEAVES_PER_BUCKET, type DigestEntry } from '../protocol/records/digest.js';
import { DirectoryClient, type Cursor } from './directory-client.js';
import { nextPartner } from './partner-policy.js';

/** Neighbours and those that were ones; a cursor that is lost costs one comparison of digests. */
const MAX_PARTNERS = 64;
/** Below so many servers of our own, reading the other's list whole is cheaper than comparing. */
const FEW_RECORDS = 1_000;

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
    const neighbors = await this.neighbors.speakingExtension();
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
    this.partners.set(serverUuid, { triedAtMs: this.clock.now(), cursor });
    const tally = { asked: 0, taken: 0 };
    const follows = cursor !== null || (await this.peers.counts()).total < FEW_RECORDS;
    const theirRoot = follows ? await this.followChanges(partner, cursor, tally) : null;
    const ours = await this.records.digest();
    const equal = theirRoot === ours.root || (await this.compareDigests(partner, ours, tally));
    const outcome = { serverUuid, serverId, ...tally, equal };
    this.events.emit('sync.finished', outcome);
    return outcome;
  }

  /** What has changed there since we last looked, a page at a time. Answers the root of their digest, if they tell it. */
  private async followChanges(partner: Peer, from: Cursor | null, tally: Tally): Promise<string | null> {
    let cursor = from;
    for (;;) {
      const page = await this.directories.changes(partner, cursor);
      await this.fetch(partner, page.changes, tally);
      // Kept page by page: what was fetched is not fetched again where the next page fails.
      cursor = { epoch: page.epoch, after: page.after };
      this.partners.set(partner.serverUuid, { triedAtMs: this.clock.now(), cursor });
      if (!page.more || page.changes.length === 0) return page.root;
    }
  }

  /** True where both are equal from the start. */
  private async compareDigests(
    partner: Peer,
    ours: { readonly root: string; readonly buckets: readonly string[] },
    tally: Tally,
  ): Promise<boolean> {
    const theirs = await this.directories.compare(partner, ours.root);
    if (!theirs.same) {
      const buckets = differing(ours.buckets, theirs.bucketHashes);
      for (const some of chunks(buckets, MAX_DIGEST_BUCKETS)) await this.compareBuckets(partner, some, tally);
    }
    const { epoch, after } = theirs;
    this.partners.set(partner.serverUuid, { triedAtMs: this.clock.now(), cursor: { epoch, after } });
    return theirs.same;
  }

  private async compareBuckets(partner: Peer, buckets: readonly number[], tally: Tally): Promise<void> {
    const leaves: number[] = [];
    for (const { bucket, hashes } of await this.directories.leafHashes(partner, buckets)) {
      const ours = await this.records.leafHashes(bucket);
      leaves.push(...differing(ours, hashes).map((place) => bucket * LEAVES_PER_BUCKET + place));
    }
    for (const some of chunks(leaves, MAX_DIGEST_LEAVES)) {
      await this.fetch(partner, await this.directories.entries(partner, some), tally);
    }
  }

  /**
   * Those that are other than ours; which of two is newer, the record itself tells. While some are written, the next are
   * verified, and those after them are on their way.
   */
  private async fetch(partner: Peer, entries: readonly DigestEntry[], tally: Tally): Promise<void> {
    let missing = await this.records.wanted(entries);
    let coming = this.ask(partner, missing);
    let taking = Promise.resolve();
    while (missing.length > 0) {
      const records = await coming;
      missing = stillMissing(missing, records);
      coming = this.ask(partner, missing);
      const before = taking;
      taking = heeded(this.take(partner, records, tally));
      await before;
      await nextTurn();
    }
    await taking;
  }

  private ask(partner: Peer, missing: readonly string[]): Promise<readonly WireRecord[]> {
    if (missing.length === 0) return Promise.resolve([]);
    return heeded(this.directories.records(partner, missing.slice(0, MAX_RECORDS_PER_LIST)));
  }

  private async take(partner: Peer, records: readonly WireRecord[], tally: Tally): Promise<void> {
    if (records.length === 0) return;
    tally.asked += records.length;
    const outcomes = await this.records.takeAllRelayed(records, partner, true);
    tally.taken += outcomes.filter(({ type }) => type === 'taken').length;
  }
}

/**
 * What is to be asked for after an answer. Records come in the order in which they were asked for, as many as fit, so those
 * before the last one that came are not to be had; and where none came, none of those asked for is.
 */
function stillMissing(missing: readonly string[], came: readonly WireRecord[]): string[] {
  const last = came.at(-1)?.serverUuid;
  const from = last === undefined ? MAX_RECORDS_PER_LIST : missing.indexOf(last) + 1;
  return missing.slice(from);
}

/** Whoever waits for it hears how it failed. Nobody may, where what came before it has failed, too. */
function heeded<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

interface Tally {
  asked: number;
  taken: number;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, place) =>
    items.slice(place * size, (place + 1) * size),
  );
}
