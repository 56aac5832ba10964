import type { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.js';
import { shortMemory } from '../platform/short-memory.js';
import { FederationError } from '../protocol/errors.js';
import {
  chargedWindow,
  roomIn,
  WITHIN_LIMIT,
  type Rate,
  type RateOutcome,
  type RateWindow,
} from './rate-window.js';

/** Nest token of the limiter for proven peers (wire protocol 1.6); keys are server UUIDs. */
export const PEER_RATE_LIMITER = Symbol('PEER_RATE_LIMITER');
/** Nest token of the limiter for proven peers that catch up with us (wire protocol 2.5); keys are server UUIDs. */
export const CATCH_UP_RATE_LIMITER = Symbol('CATCH_UP_RATE_LIMITER');
/** Nest token of the limiter for source addresses. */
export const SOURCE_RATE_LIMITER = Symbol('SOURCE_RATE_LIMITER');
/** Nest token of the limiter for wrong admin tokens, per source address. */
export const WRONG_TOKEN_LIMITER = Symbol('WRONG_TOKEN_LIMITER');

/** The table itself takes 3.3 MiB at 100,000 keys, each key in use about 200 bytes more. */
export const MAX_RATE_KEYS = 100_000;

export interface RateLimit extends Rate {
  /** When full, the key that was not seen for longest is forgotten. */
  readonly maxKeys: number;
  /** Told of each charge refused, and of each check that says one would be. */
  readonly onRefused?: () => void;
}

/** Counts charges per key and window. Bounded: the keys are a stranger's to choose. */
export class RateLimiter {
  readonly #windows: LRUCache<string, RateWindow>;

  constructor(
    private readonly clock: Clock,
    /** Its limit may change. */
    private readonly rate: RateLimit,
  ) {
    const { maxKeys, windowMs } = rate;
    this.#windows = shortMemory(clock, maxKeys, windowMs);
  }

  /** Takes one from what `key` has left; a refused charge takes nothing. */
  charge(key: string): RateOutcome {
    if (this.rate.limit === 0) return WITHIN_LIMIT;
    const nowMs = this.clock.now();
    const window = this.#windows.get(key);
    const outcome = roomIn(window, nowMs, this.rate);
    if (outcome.allowed) this.#windows.set(key, chargedWindow(window, nowMs, this.rate));
    else this.rate.onRefused?.();
    return outcome;
  }

  /** What `charge` would answer, taking nothing. */
  check(key: string): RateOutcome {
    const outcome = roomIn(this.#windows.get(key), this.clock.now(), this.rate);
    if (!outcome.allowed) this.rate.onRefused?.();
    return outcome;
  }
}

/** @throws FederationError rate_limited, with the time to wait, where the limiter did not allow it */
export function requireRoom(outcome: RateOutcome, detail: string): void {
  if (outcome.allowed) return;
  throw new FederationError('rate_limited', detail, { retryAfterSeconds: outcome.retryAfterSeconds });
}
