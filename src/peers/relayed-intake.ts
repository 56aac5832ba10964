import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import { AddressPolicy } from '../platform/address-policy.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf } from '../platform/keys.js';
import { ipLiteralOf } from '../protocol/endpoints.js';
import { FederationError, type FederationErrorCode } from '../protocol/errors.js';
import { speaksExtension } from '../protocol/extensions.js';
import { recordHash } from '../protocol/records/record-hash.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { BlocklistService } from './blocklist.service.js';
import { IntroductionQuota } from './introduction-quota.js';
import { OwnRecordService } from './own-record.service.js';
import type { Peer } from './peer.js';
import { PeersService } from './peers.service.js';
import { readRecord, type ReadRecord } from './read-record.js';
import { RecordStandingRepository, type RecordStanding } from './record-standing.repository.js';
import { RecordVerifier } from './record-verifier.js';
import { RecordWriter } from './record-writer.js';
import { RefusedRecords } from './refused-records.js';
import { decideRelayed, type Claim, type RelayedDecision } from './relayed-policy.js';

/** Who brought a record, and why. */
export interface Bringer {
  readonly introducer: Pick<Peer, 'serverUuid' | 'provenAt'>;
  /** We asked for it; of a proven neighbour that is bounded by the directory's size alone (wire protocol 2.4). */
  readonly askedFor: boolean;
  /** It is the record's own server, at the endpoints on file where it has proved itself. */
  readonly isOrigin?: boolean;
}

export type RelayedOutcome =
  /** `isNew`: the server was not known here. `isNews`: worth a rumour. */
  | { readonly type: 'taken'; readonly hash: string; readonly isNew: boolean; readonly isNews: boolean }
  | { readonly type: 'unchanged' }
  | { readonly type: 'refused'; readonly code: FederationErrorCode; readonly detail: string }
  /** What is on file stays; the operator is shown the other. */
  | { readonly type: 'claimed'; readonly claim: Claim };

type Effective = Exclude<RelayedDecision, { type: 'unchanged' }>;
interface Pending {
  readonly read: ReadRecord;
  readonly standing: RecordStanding;
  readonly decision: Effective;
}

/** How often a decision may be overtaken by other writers of the same row. */
const MAX_ATTEMPTS = 3;
/** Not a fault of the record: it may be taken the next time. */
const PASSING: ReadonlySet<FederationErrorCode> = new Set([
  'newcomer_limit',
  'directory_full',
  'announcement_in_future',
]);

/** The one way by which a record that another server brought enters the directory (wire protocol 2.2). */
@Injectable()
// Over six collaborators: it does for a record all that admission and the directory do for an announcement.
export class RelayedIntake {
  constructor(
    private readonly identity: IdentityService,
    private readonly own: OwnRecordService,
    private readonly peers: PeersService,
    private readonly blocklist: BlocklistService,
    private readonly standings: RecordStandingRepository,
    private readonly verifier: RecordVerifier,
    private readonly writer: RecordWriter,
    private readonly quota: IntroductionQuota,
    private readonly refused: RefusedRecords,
    private readonly addresses: AddressPolicy,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  async take(record: WireRecord, bringer: Bringer): Promise<RelayedOutcome> {
    return (await this.takeAll([record], bringer))[0]!;
  }

  /**
   * Answers one outcome for each, in their order. Newcomers are written together; make it 200 at most.
   * @throws `database_unavailable` alone; then some may have been taken
   */
  async takeAll(records: readonly WireRecord[], bringer: Bringer): Promise<RelayedOutcome[]> {
    const outcomes = new Map<WireRecord, RelayedOutcome>();
    let waiting: ReadRecord[] = [];
    for (const record of records) {
      const read = attempt(() => this.read(record));
      if ('type' in read) outcomes.set(record, read);
      else waiting.push(read);
    }
    for (let attempts = 1; waiting.length > 0;) {
      // One record of each server at a time, so that the second is judged by what the first has changed.
      const [now, later] = firstOfEach(waiting);
      const overtaken = await this.takeOnce(now, bringer, (read, outcome) =>
        outcomes.set(read.record, outcome),
      );
      if (overtaken.length > 0) attempts += 1;
      waiting = attempts > MAX_ATTEMPTS ? later : [...overtaken, ...later];
    }
    return records.map((record) => outcomes.get(record) ?? OVERTAKEN);
  }

  /** Answers those whose rows changed since they were read. */
  private async takeOnce(
    reads: readonly ReadRecord[],
    bringer: Bringer,
    settle: (read: ReadRecord, outcome: RelayedOutcome) => void,
  ): Promise<ReadRecord[]> {
    const nowMs = this.clock.now();
    const standings = await this.standings.read(reads, nowMs);
    const { state: own } = await this.own.get();
    const pending: Pending[] = [];
    await Promise.all(
      reads.map(async (read, position) => {
        const standing = standings[position]!;
        const hash = recordHash(read.state);
        if (hash === standing.held?.hash) return settle(read, { type: 'unchanged' });
        const blocked = await this.isBlocked(read);
        const decision = decideRelayed({
          ...standing,
          nowMs,
          own,
          ourName: this.identity.self.serverId,
          incoming: read.state,
          announced: read.record.announcement,
          blocked,
          fromOrigin: bringer.isOrigin === true,
        });
        const outcome =
          decision.type === 'unchanged' ? decision : await this.settleEarly(read, standing, decision);
        if (outcome === null) return void pending.push({ read, standing, decision: decision as Effective });
        if (outcome.type !== 'refused' || !PASSING.has(outcome.code)) this.refused.note(hash);
        settle(read, outcome);
      }),
    );
    return this.write(pending, bringer, settle);
  }

  /** The outcome of what needs no writing, or whose signatures do not hold; null for all else. */
  private async settleEarly(
    read: ReadRecord,
    { held }: RecordStanding,
    decision: Effective,
  ): Promise<RelayedOutcome | null> {
    if (decision.type === 'refuse' && decision.claim === null) return refusedBy(decision);
    try {
      await this.verifier.require(read, held?.state ?? null);
      return null;
    } catch (error) {
      if (error instanceof FederationError) return refusedBy({ code: error.code, detail: error.message });
      throw error;
    }
  }

  private async write(
    pending: readonly Pending[],
    bringer: Bringer,
    settle: (read: ReadRecord, outcome: RelayedOutcome) => void,
  ): Promise<ReadRecord[]> {
    const overtaken: ReadRecord[] = [];
    const newcomers: ReadRecord[] = [];
    for (const { read, standing, decision } of pending) {
      if (decision.type === 'introduce') {
        const refusal = attempt(() => this.quota.charge(bringer));
        if (refusal === undefined) newcomers.push(read);
        else settle(read, refusal);
        continue;
      }
      const outcome = await this.apply(read, standing, decision, bringer);
      if (outcome === null) overtaken.push(read);
      else settle(read, outcome);
    }
    return [...overtaken, ...(await this.introduce(newcomers, bringer, settle))];
  }

  private async introduce(
    newcomers: readonly ReadRecord[],
    bringer: Bringer,
    settle: (read: ReadRecord, outcome: RelayedOutcome) => void,
  ): Promise<ReadRecord[]> {
    if (newcomers.length === 0) return [];
    const room = await this.peers.makeRoom(newcomers.length, 'introduced');
    for (const read of newcomers.slice(room)) {
      settle(read, refusedBy({ code: 'directory_full', detail: 'the directory of this server is full' }));
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
    read: ReadRecord,
    { held }: RecordStanding,
    decision: Exclude<Effective, { type: 'introduce' }>,
    bringer: Bringer,
  ): Promise<RelayedOutcome | null> {
    const { serverUuid } = read.state;
    const from = bringer.introducer.serverUuid;
    const nowMs = this.clock.now();
    if (decision.type === 'bury') {
      await this.writer.bury(read);
      return { type: 'taken', hash: recordHash(read.state), isNew: true, isNews: false };
    }
    if (decision.type === 'refuse') return this.keepClaim(decision.claim!, read, from);
    const renamed = decision.announces && read.record.announcement!.serverId !== held!.serverId;
    const refusal = renamed ? attempt(() => this.quota.charge(bringer)) : undefined;
    if (refusal !== undefined) return refusal;
    const { state, announces, isNews } = decision;
    const hash = await this.writer.merge({ read, held: held!, state, announces, from, nowMs });
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
    const isOurs = serverUuid === this.identity.self.serverUuid;
    if (isNew || isOurs) {
      const serverId = read.record.announcement?.serverId ?? '';
      this.events.emit('peer.claimed', { serverUuid, serverId, claim: kind, fingerprint });
    }
    this.refused.note(recordHash(read.state));
    return { type: 'claimed', claim };
  }

  private read(record: WireRecord): ReadRecord {
    const read = readRecord(record);
    const address =
      record.announcement === null ? null : ipLiteralOf(record.announcement.endpoints.discovery);
    if (address === null || this.addresses.isAllowed(address)) return read;
    throw new FederationError('endpoint_not_allowed', 'the endpoints point to an address that is not public');
  }

  private async isBlocked({ record, keys }: ReadRecord): Promise<boolean> {
    const { serverUuid, announcement } = record;
    if (announcement === null) return false;
    return this.blocklist.isBlocked({
      ...announcement,
      serverUuid,
      fingerprint: () => fingerprintOf(keys.at(-1)!),
    });
  }

  private tell(
    { record }: ReadRecord,
    { hash, isNews }: { hash: string; isNews: boolean },
    { introducer, askedFor }: Bringer,
  ): void {
    const { serverUuid, announcement } = record;
    const speaksExt = announcement !== null && speaksExtension(announcement);
    const caughtUpFrom = askedFor && announcement !== null ? parseTimestamp(announcement.timestamp) : null;
    const from = introducer.serverUuid;
    this.events.emit('record.changed', {
      serverUuid,
      hash,
      speaksExt,
      isNews,
      origin: 'relayed',
      caughtUpFrom,
      from,
    });
  }
}

const OVERTAKEN: RelayedOutcome = {
  type: 'refused',
  code: 'announcement_superseded',
  detail: 'other records of this server arrived at the same time',
};

function refusedBy({ code, detail }: { code: FederationErrorCode; detail: string }): RelayedOutcome {
  return { type: 'refused', code, detail };
}

/** What the work answers, or the refusal that it threw. */
function attempt<T>(work: () => T): T | Extract<RelayedOutcome, { type: 'refused' }> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FederationError)) throw error;
    return { type: 'refused', code: error.code, detail: error.message };
  }
}

/** The first record of each server, and the others. */
function firstOfEach(reads: readonly ReadRecord[]): [ReadRecord[], ReadRecord[]] {
  const seen = new Set<string>();
  const isFirst = reads.map(
    ({ state: { serverUuid } }) => !seen.has(serverUuid) && seen.add(serverUuid) !== undefined,
  );
  return [reads.filter((_, place) => isFirst[place]), reads.filter((_, place) => !isFirst[place])];
}
