import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import { recordHash } from '../protocol/records/record-hash.js';
import { IntroductionQuota } from './introduction-quota.js';
import { PeersService } from './peers.service.js';
import type { ReadRecord } from './read-record.js';
import type { Effective } from './record-judge.js';
import { RecordMerger } from './record-merger.js';
import { RecordWriter } from './record-writer.js';
import { attempt, type Bringer, type RelayedOutcome } from './relayed-outcome.js';
import type { Claim } from './relayed-policy.js';

/** Is told the outcome of each record that has one. */
type Settle = (read: ReadRecord, outcome: RelayedOutcome) => void;

/** Writes what verified records change, within the quota of who brought them, and tells of it. */
@Injectable()
export class RelayedApplier {
  constructor(
    private readonly peers: PeersService,
    private readonly writer: RecordWriter,
    private readonly merger: RecordMerger,
    private readonly quota: IntroductionQuota,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /** Answers those whose rows changed since they were judged. */
  async applyAll(effective: readonly Effective[], bringer: Bringer, settle: Settle): Promise<ReadRecord[]> {
    const overtaken: ReadRecord[] = [];
    const newcomers: ReadRecord[] = [];
    for (const one of effective) {
      const { read, decision } = one;
      if (decision.type === 'introduce') {
        const refusal = attempt(() => this.quota.charge(bringer));
        if (refusal === undefined) newcomers.push(read);
        else settle(read, refusal);
        continue;
      }
      const outcome = await this.apply(one, bringer);
      if (outcome === null) overtaken.push(read);
      else settle(read, outcome);
    }
    return [...overtaken, ...(await this.introduce(newcomers, bringer, settle))];
  }

  private async introduce(
    newcomers: readonly ReadRecord[],
    bringer: Bringer,
    settle: Settle,
  ): Promise<ReadRecord[]> {
    if (newcomers.length === 0) return [];
    const room = await this.peers.makeRoom(newcomers.length, 'introduced');
    for (const read of newcomers.slice(room)) {
      const detail = 'the directory of this server is full';
      settle(read, { type: 'refused', code: 'directory_full', detail });
    }
    const from = bringer.introducer.serverUuid;
    const written = await this.writer.introduce(newcomers.slice(0, room), from, this.clock.now());
    const overtaken: ReadRecord[] = [];
    for (const read of newcomers.slice(0, room)) {
      const { serverUuid } = read.state;
      const hash = written.get(serverUuid);
      if (hash === undefined) {
        overtaken.push(read);
        continue;
      }
      settle(read, { type: 'taken', hash, isNew: true, isNews: true });
      this.events.emit('peer.introduced', { serverUuid, serverId: read.record.announcement!.serverId, from });
      this.tell(read, { hash, isNews: true }, bringer);
    }
    return overtaken;
  }

  private async apply(
    { read, standing: { held }, decision }: Effective,
    bringer: Bringer,
  ): Promise<RelayedOutcome | null> {
    if (decision.type === 'introduce') return null;
    const { serverUuid } = read.state;
    const from = bringer.introducer.serverUuid;
    const nowMs = this.clock.now();
    if (decision.type === 'bury') {
      // The directory bounds how many rows we may have asked for, but nothing bounds graves.
      const refusal = attempt(() => this.quota.charge({ ...bringer, askedFor: false }));
      if (refusal !== undefined) return refusal;
      await this.writer.bury(read);
      return { type: 'taken', hash: recordHash(read.state), isNew: true, isNews: false };
    }
    if (decision.type === 'refuse') return this.keepClaim(decision.claim!, read, from);
    const renamed = decision.announces && read.record.announcement!.serverId !== held!.serverId;
    const refusal = renamed ? attempt(() => this.quota.charge(bringer)) : undefined;
    if (refusal !== undefined) return refusal;
    const { state, announces, isNews } = decision;
    const hash = await this.merger.merge({ read, held: held!, state, announces, from, nowMs });
    if (hash === null) return null;
    if (state.revocation !== null && held!.state.revocation === null) {
      const reason = read.record.revocation?.reason ?? '';
      this.events.emit('peer.revoked', { serverUuid, serverId: held!.serverId, reason });
    }
    this.tell(read, { hash, isNews }, bringer);
    return { type: 'taken', hash, isNew: false, isNews };
  }

  private async keepClaim(claim: Claim, read: ReadRecord, from: string): Promise<RelayedOutcome> {
    const isNew = await this.writer.claim(claim, read, { from, nowMs: this.clock.now() });
    const { serverUuid, kind, fingerprint } = claim;
    if (isNew) {
      const serverId = read.record.announcement?.serverId ?? '';
      this.events.emit('peer.claimed', { serverUuid, serverId, claim: kind, fingerprint });
    }
    return { type: 'claimed', claim };
  }

  private tell(
    { record }: ReadRecord,
    { hash, isNews }: { hash: string; isNews: boolean },
    { introducer, askedFor }: Bringer,
  ): void {
    const { serverUuid, announcement } = record;
    const caughtUpFrom = askedFor && announcement !== null ? parseTimestamp(announcement.timestamp) : null;
    const from = introducer.serverUuid;
    this.events.emit('record.changed', { serverUuid, hash, isNews, caughtUpFrom, from });
  }
}
