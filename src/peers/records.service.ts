import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { leafOf, type DigestEntry } from '../protocol/records/digest.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { DirectoryDigest } from './directory-digest.js';
import { OwnRecordService, type OwnRecord } from './own-record.service.js';
import type { Peer } from './peer.js';
import {
  RecordsRepository,
  type ArrivedHash,
  type LeafEntry,
  type ServedRecord,
} from './records.repository.js';
import { withinBytes } from './record-text.js';
import { RefusedRecords } from './refused-records.js';
import { RelayedIntake } from './relayed-intake.js';
import type { RelayedOutcome } from './relayed-outcome.js';

/**
 * The records of the directory, our own among them, as other servers get and bring them (wire protocol 2.2, 2.3). Told is
 * what is within its relay age, by our clock; not told is what the operator blocked.
 */
@Injectable()
export class RecordsService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly tree: DirectoryDigest;
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly repository: RecordsRepository,
    private readonly ownRecord: OwnRecordService,
    private readonly intake: RelayedIntake,
    private readonly refused: RefusedRecords,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {
    this.tree = new DirectoryDigest((leaves, nowMs) => this.read(leaves, nowMs));
  }

  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('record.changed', ({ serverUuid }) => this.tree.mark(serverUuid)),
      this.events.on('record.dropped', ({ serverUuid }) => this.tree.mark(serverUuid)),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  /** Random for each database: a cursor into the order of arrival is good within one epoch. */
  epoch(): Promise<string> {
    return this.ownRecord.epoch();
  }

  /** Signs our announcement anew for the network where it is time for that (wire protocol 2.5). */
  refreshOwn(intervalMs: number): Promise<OwnRecord> {
    return this.ownRecord.refresh(intervalMs);
  }

  /** From now to the next `refreshOwn`. */
  untilRefreshMs(intervalMs: number): number {
    return this.ownRecord.untilRefreshMs(intervalMs);
  }

  /**
   * Records with these UUIDs, in their order, as many as may travel together, and one at least; those that are not told are
   * left out.
   */
  async recordsOf(serverUuids: readonly string[]): Promise<ServedRecord[]> {
    const nowMs = this.clock.now();
    const asked = [...new Set(serverUuids)];
    const served = await this.repository.served(asked, nowMs);
    const own = await this.ownIfTold(nowMs);
    const all = own === null ? served : [...served, { ...own, serverUuid: own.state.serverUuid }];
    const byUuid = new Map(all.map(({ serverUuid, hash, text }) => [serverUuid, { serverUuid, hash, text }]));
    return withinBytes(asked.flatMap((uuid) => byUuid.get(uuid) ?? []));
  }

  /**
   * What changed here after a place in the order of arrival, at most `limit`. A change that commits late may come to stand
   * before the cursor; comparing digests finds it.
   */
  async hashesAfter(arrival: number, limit: number): Promise<ArrivedHash[]> {
    const nowMs = this.clock.now();
    const found = await this.repository.after(arrival, limit, nowMs);
    const own = await this.ownIfTold(nowMs);
    if (own === null || own.arrival <= arrival) return found;
    const ours = { arrival: own.arrival, serverUuid: own.state.serverUuid, hash: own.hash };
    return [...found, ours].sort((one, other) => one.arrival - other.arrival).slice(0, limit);
  }

  /** The last place in the order of arrival so far. */
  async lastArrival(): Promise<number> {
    const own = await this.ownRecord.get();
    return Math.max(own.arrival, await this.repository.lastArrival());
  }

  digest(): Promise<{ readonly root: string; readonly buckets: readonly string[] }> {
    return this.tree.hashes(this.clock.now());
  }

  /** Hashes of the sixteen leaves of a bucket, 0 to 255. */
  leafHashes(bucket: number): Promise<readonly string[]> {
    return this.tree.leafHashes(bucket, this.clock.now());
  }

  /** What a leaf, 0 to 4095, holds: at most `limit`, of more whichever chance takes. */
  async entriesOf(leaf: number, limit: number): Promise<DigestEntry[]> {
    const nowMs = this.clock.now();
    const found = await this.repository.someOfLeaf(leaf, limit, nowMs);
    const own = await this.ownIfTold(nowMs);
    if (own === null || leafOf(own.state.serverUuid) !== leaf) return found;
    return [{ serverUuid: own.state.serverUuid, hash: own.hash }, ...found].slice(0, limit);
  }

  /**
   * Which of the records that another server has are to be asked for: those that differ from what is on file, of servers that
   * are not blocked, and were not brought before to no effect. What is on file past its relay age counts: clocks that differ
   * by minutes make two digests differ for minutes, and nothing more.
   */
  async wanted(entries: readonly DigestEntry[]): Promise<string[]> {
    const held = await this.repository.hashes(entries.map(({ serverUuid }) => serverUuid));
    const own = await this.ownRecord.get();
    return entries.flatMap(({ serverUuid, hash }) => {
      const onFile = held.get(serverUuid);
      const isOurs = serverUuid === own.state.serverUuid;
      return isOurs || onFile === null || onFile === hash || this.refused.has(hash) ? [] : [serverUuid];
    });
  }

  /**
   * Up to 200: newcomers share one statement. Answers an outcome for each, in order.
   *
   * @param askedFor they answer a request of ours
   */
  takeAllRelayed(
    records: readonly WireRecord[],
    introducer: Pick<Peer, 'serverUuid' | 'provenAt'>,
    askedFor: boolean,
  ): Promise<RelayedOutcome[]> {
    return this.intake.takeAll(records, { introducer, askedFor });
  }

  private async read(leaves: readonly number[], nowMs: number): Promise<LeafEntry[]> {
    const entries = await this.repository.ofLeaves(leaves, nowMs);
    const own = await this.ownIfTold(nowMs);
    if (own === null) return entries;
    const { serverUuid } = own.state;
    const leaf = leafOf(serverUuid);
    if (!leaves.includes(leaf)) return entries;
    return [...entries, { leaf, serverUuid, hash: own.hash, relayedUntil: own.relayedUntil }];
  }

  private async ownIfTold(nowMs: number): Promise<(OwnRecord & { readonly relayedUntil: number }) | null> {
    const own = await this.ownRecord.get();
    return own.relayedUntil === null || own.relayedUntil <= nowMs
      ? null
      : { ...own, relayedUntil: own.relayedUntil };
  }
}
