import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RateWindow } from '../platform/rate-window.js';
import { Clock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import { decideIntroduction, type IntroductionDecision } from './introduction-policy.js';
import type { Peer } from './peer.js';

const MAX_INTRODUCERS = 10_000;
const DETAILS: Readonly<Record<Extract<IntroductionDecision, { type: 'refuse' }>['why'], string>> = {
  unproven: 'this server has yet to prove where it is before it tells us of newcomers',
  quota: 'this server told us of too many newcomers within a day',
};

/** Bounds how many newcomers one server may tell us of that we did not ask for (wire protocol 2.4); a restart forgets. */
@Injectable()
export class IntroductionQuota {
  private readonly used = new LRUCache<string, RateWindow>({ max: MAX_INTRODUCERS });

  constructor(private readonly clock: Clock) {}

  /** @throws `newcomer_limit` */
  charge({
    introducer: { serverUuid, provenAt },
    askedFor,
  }: {
    introducer: Pick<Peer, 'serverUuid' | 'provenAt'>;
    askedFor: boolean;
  }): void {
    const decision = decideIntroduction({
      isProven: provenAt !== null,
      wasAskedFor: askedFor,
      used: this.used.get(serverUuid),
      nowMs: this.clock.now(),
    });
    if (decision.type === 'refuse') throw new FederationError('newcomer_limit', DETAILS[decision.why]);
    if (decision.used !== undefined) this.used.set(serverUuid, decision.used);
  }
}
