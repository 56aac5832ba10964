import { Injectable } from '@nestjs/common';
import { AddressPolicy } from '../platform/address-policy.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf } from '../platform/keys.js';
import { FederationError } from '../protocol/errors.js';
import { recordHash } from '../protocol/records/record-hash.js';
import { OwnRecordService } from './own-record.service.js';
import { PeersService } from './peers.service.js';
import type { ReadRecord } from './read-record.js';
import { RecordStandingRepository, type RecordStanding } from './record-standing.repository.js';
import { RecordVerifier } from './record-verifier.js';
import { refusalOf, type RelayedOutcome } from './relayed-outcome.js';
import { decideRelayed, type RelayedDecision } from './relayed-policy.js';

/** A verified record that changes something here. */
export interface Effective {
  readonly read: ReadRecord;
  readonly standing: RecordStanding;
  readonly decision: Exclude<RelayedDecision, { type: 'unchanged' }>;
}

/** Finds out what a record that another server brought does here, the cheapest checks first; writes nothing. */
@Injectable()
export class RecordJudge {
  constructor(
    private readonly own: OwnRecordService,
    private readonly peers: PeersService,
    private readonly standings: RecordStandingRepository,
    private readonly verifier: RecordVerifier,
    private readonly addresses: AddressPolicy,
    private readonly clock: Clock,
  ) {}

  /** @throws `endpoint_not_allowed` where its server may not be called from here */
  requireCallable({ record: { announcement } }: ReadRecord): void {
    if (announcement === null || this.addresses.blockedAddressOf(announcement.endpoints.discovery) === null)
      return;
    throw new FederationError('endpoint_not_allowed', 'the endpoints point to an address that is not public');
  }

  /** Of each, in order: what is to be written, or the outcome of what needs no writing. */
  async judge(reads: readonly ReadRecord[], fromOrigin: boolean): Promise<(Effective | RelayedOutcome)[]> {
    const standings = await this.standings.read(reads, this.clock.now());
    return Promise.all(reads.map((read, position) => this.judgeOne(read, standings[position]!, fromOrigin)));
  }

  private async judgeOne(
    read: ReadRecord,
    standing: RecordStanding,
    fromOrigin: boolean,
  ): Promise<Effective | RelayedOutcome> {
    if (recordHash(read.state) === standing.held?.hash) return { type: 'unchanged' };
    const { state: own } = await this.own.get();
    const decision = decideRelayed({
      ...standing,
      nowMs: this.clock.now(),
      own,
      ourName: this.own.serverId,
      incoming: read.state,
      announced: read.record.announcement,
      blocked: await this.isBlocked(read),
      fromOrigin,
    });
    if (decision.type === 'unchanged') return decision;
    if (decision.type === 'refuse' && decision.claim === null) {
      return { type: 'refused', code: decision.code, detail: decision.detail };
    }
    try {
      await this.verifier.require(read, standing.held?.state ?? null);
    } catch (error) {
      return refusalOf(error);
    }
    return { read, standing, decision };
  }

  private async isBlocked({ record, keys }: ReadRecord): Promise<boolean> {
    const { serverUuid, announcement } = record;
    if (announcement === null) return false;
    return this.peers.isBlocked({
      ...announcement,
      serverUuid,
      fingerprint: () => fingerprintOf(keys.at(-1)!),
    });
  }
}
