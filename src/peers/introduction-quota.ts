import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RateWindow } from '../http/rate-window.js';
import { Clock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import { decideIntroduction } from './introduction-policy.js';
import type { Peer } from './peer.js';

const MAX_INTRODUCERS = 10_000;

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
      wasAskedFor: askedFor && provenAt !== null,
      used: this.used.get(serverUuid),
      nowMs: this.clock.now(),
    });
    if (decision.type === 'refuse')
      throw new FederationError('newcomer_limit', 'this server told us of too many newcomers within a day');
    if (decision.used !== undefined) this.used.set(serverUuid, decision.used);
  }
}
