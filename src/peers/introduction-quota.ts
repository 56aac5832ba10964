import { Injectable } from '@nestjs/common';
import { RateLimiter } from '../http/rate-limiter.js';
import { Clock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import { INTRODUCTIONS_PER_DAY } from '../protocol/limits.js';
import type { Peer } from './peer.js';

const DAY_MS = 24 * 3_600_000;
const MAX_INTRODUCERS = 10_000;

/** Bounds how many newcomers one server may tell us of that we did not ask for (wire protocol 2.4); a restart forgets. */
@Injectable()
export class IntroductionQuota {
  private readonly introductions: RateLimiter;

  constructor(clock: Clock) {
    this.introductions = new RateLimiter(clock, {
      limit: INTRODUCTIONS_PER_DAY,
      windowMs: DAY_MS,
      maxKeys: MAX_INTRODUCERS,
    });
  }

  /** @throws `newcomer_limit` */
  charge({
    introducer,
    askedFor,
  }: {
    introducer: Pick<Peer, 'serverUuid' | 'provenAt'>;
    askedFor: boolean;
  }): void {
    if (askedFor && introducer.provenAt !== null) return;
    const outcome = this.introductions.charge(introducer.serverUuid);
    if (outcome.allowed) return;
    throw new FederationError('newcomer_limit', 'this server told us of too many newcomers within a day', {
      retryAfterSeconds: outcome.retryAfterSeconds,
    });
  }
}
