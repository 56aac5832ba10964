import type { Clock } from '../platform/clock.js';
import { NONCE_MEMORY_MS } from '../protocol/limits.js';

/** Wire protocol 2.1; four times what the rate limits of a peer let through meanwhile, at their default. */
const MAX_NONCES_PER_CALLER = 10_000;
/** Callers at a time. Those that have proved where they are become at most 1,000 more an hour. */
const MAX_CALLERS = 10_000;
/** Of all callers: 45 MiB. 220 callers that send as much as they may, and catch up all the time, would fill it. */
const MAX_NONCES = 500_000;

/**
 * Of all that room, for callers that have yet to prove where they are: a server may name as many of those to us as the
 * directory holds, and hold the keys of all. So they shut each other out, and nobody else.
 */
const UNPROVEN_SHARE = 0.5;

export interface NonceLimits {
  readonly perCaller: number;
  readonly callers: number;
  readonly inAll: number;
}

const LIMITS: NonceLimits = { perCaller: MAX_NONCES_PER_CALLER, callers: MAX_CALLERS, inAll: MAX_NONCES };

/**
 * When each nonce of a caller was taken, in seconds since the memory began, whoever sets the clock: small integers, which cost
 * no memory of their own.
 */
type Taken = Map<string, number>;

/**
 * The nonces of proven requests, for as long as their requests could be taken. What is remembered is never given up
 * to make room, or it could be replayed: where it is full, the new request is refused.
 */
export class NonceMemory {
  /** By server_uuid, the one heard of last at the end. */
  private readonly callers = new Map<string, Taken>();
  private readonly beganElapsedMs: number;
  private beganAtMs: number;
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: NonceLimits = LIMITS,
  ) {
    this.beganElapsedMs = clock.elapsed();
    this.beganAtMs = clock.now();
  }

  /**
   * Nothing that happened earlier is remembered; epoch milliseconds. Where the clock was set back beyond it, it is now: what a
   * clock that was ahead called the beginning would keep everybody out until then.
   */
  get beganAt(): number {
    this.beganAtMs = Math.min(this.beganAtMs, this.clock.now());
    return this.beganAtMs;
  }

  get size(): number {
    return this.count;
  }

  /** @param isProven whether the caller has answered us from where it says it is */
  take(caller: string, nonce: string, isProven: boolean): 'taken' | 'repeated' | 'full' {
    const now = Math.floor((this.clock.elapsed() - this.beganElapsedMs) / 1000);
    this.forgetIdle(now);
    const taken: Taken = this.callers.get(caller) ?? new Map<string, number>();
    this.forgetOld(taken, now);
    if (taken.has(nonce)) return 'repeated';
    if (this.isFull(caller, taken, isProven ? 1 : UNPROVEN_SHARE)) return 'full';
    taken.set(nonce, now);
    this.count += 1;
    this.callers.delete(caller);
    this.callers.set(caller, taken);
    return 'taken';
  }

  private isFull(caller: string, taken: Taken, share: number): boolean {
    const { perCaller, callers, inAll } = this.limits;
    if (taken.size >= perCaller || this.count >= inAll * share) return true;
    return !this.callers.has(caller) && this.callers.size >= callers * share;
  }

  /** They stand in the order in which they were taken. */
  private forgetOld(taken: Taken, now: number): void {
    for (const [nonce, at] of taken) {
      if (!isPast(at, now)) return;
      taken.delete(nonce);
      this.count -= 1;
    }
  }

  /** Callers not heard of for so long, at the front, have nothing left that is worth remembering. */
  private forgetIdle(now: number): void {
    for (const [caller, taken] of this.callers) {
      this.forgetOld(taken, now);
      if (taken.size > 0) return;
      this.callers.delete(caller);
    }
  }
}

/** One second more than needed, as both times were cut to whole ones. */
function isPast(at: number, now: number): boolean {
  return (now - at) * 1000 > NONCE_MEMORY_MS;
}
