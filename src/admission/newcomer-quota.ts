import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { HOUR_MS } from '../protocol/durations.js';
import { FederationError } from '../protocol/errors.js';
import type { Origin } from './admission-policy.js';

/** Newcomers an hour from one network: a household or a small host may bring up all its servers at once. */
const NEWCOMERS_PER_NETWORK = 60;
/** Newcomers an hour in all: the directory's 200,000 rows last for eight days of a flood from everywhere. */
export const NEWCOMERS_PER_HOUR = 1_000;
const MAX_NETWORKS = 10_000;

/** Bounds how fast strangers fill the directory (wire protocol 2.4). Charged only once a signature holds. */
@Injectable()
export class NewcomerQuota {
  private readonly perNetwork: RateLimiter;
  private readonly inAll: RateLimiter;

  constructor(clock: Clock) {
    this.perNetwork = new RateLimiter(clock, {
      limit: NEWCOMERS_PER_NETWORK,
      windowMs: HOUR_MS,
      maxKeys: MAX_NETWORKS,
    });
    this.inAll = new RateLimiter(clock, { limit: NEWCOMERS_PER_HOUR, windowMs: HOUR_MS, maxKeys: 1 });
  }

  /** @throws `newcomer_limit`. Those that the operator named are not counted, nor is anybody twice. */
  charge(origin: Origin): void {
    if (origin.type === 'bootstrap' || origin.type === 'answered') return;
    const outcome =
      origin.type === 'received' ? this.perNetwork.charge(origin.network) : { allowed: true as const };
    const whole = outcome.allowed ? this.inAll.charge('all') : outcome;
    if (whole.allowed) return;
    throw new FederationError('newcomer_limit', 'too many newcomers within the hour; try again later', {
      retryAfterSeconds: whole.retryAfterSeconds,
    });
  }
}
