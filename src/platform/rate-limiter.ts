import type { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';
import {
  chargedWindow,
  roomIn,
  WITHIN_LIMIT,
  type Rate,
  type RateOutcome,
  type RateWindow,
} from './rate-window.js';
import { shortMemory } from './short-memory.js';

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
