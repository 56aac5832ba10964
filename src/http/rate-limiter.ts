import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import {
  chargedWindow,
  roomIn,
  WINDOW_MS,
  WITHIN_LIMIT,
  type RateOutcome,
  type RateWindow,
} from './rate-window.js';

/** Nest token of the limiter for proven peers (wire protocol 1.6); keys are server UUIDs. */
export const PEER_RATE_LIMITER = Symbol('PEER_RATE_LIMITER');
/** Nest token of the limiter for source addresses. */
export const SOURCE_RATE_LIMITER = Symbol('SOURCE_RATE_LIMITER');
/** Nest token of the limiter for wrong admin tokens, per source address. */
export const WRONG_TOKEN_LIMITER = Symbol('WRONG_TOKEN_LIMITER');

/** The table itself takes 3.3 MiB at 100,000 keys, each key in use about 200 bytes more. */
export const MAX_RATE_KEYS = 100_000;

export interface RateLimit {
  /** 0 is no limit. */
  readonly limitPerMinute: number;
  /** When full, the key that was not seen for longest is forgotten. */
  readonly maxKeys: number;
}

/** Counts charges per key and minute. Bounded: the keys are a stranger's to choose. */
export class RateLimiter {
  readonly #limitPerMinute: number;
  readonly #windows: LRUCache<string, RateWindow>;

  constructor(
    private readonly clock: Clock,
    limit: RateLimit,
  ) {
    this.#limitPerMinute = limit.limitPerMinute;
    this.#windows = new LRUCache({ max: limit.maxKeys, ttl: WINDOW_MS, ttlResolution: 0, perf: clock });
  }

  /** Takes one from what `key` has left; a refused charge takes nothing. */
  charge(key: string): RateOutcome {
    if (this.#limitPerMinute === 0) return WITHIN_LIMIT;
    const nowMs = this.clock.now();
    const window = this.#windows.get(key);
    const outcome = roomIn(window, nowMs, this.#limitPerMinute);
    if (outcome.allowed) this.#windows.set(key, chargedWindow(window, nowMs));
    return outcome;
  }

  /** What `charge` would answer, taking nothing. */
  check(key: string): RateOutcome {
    return roomIn(this.#windows.get(key), this.clock.now(), this.#limitPerMinute);
  }
}

/** @throws FederationError rate_limited, with the time to wait, where the limiter did not allow it */
export function requireRoom(outcome: RateOutcome, detail: string): void {
  if (outcome.allowed) return;
  throw new FederationError('rate_limited', detail, { retryAfterSeconds: outcome.retryAfterSeconds });
}
