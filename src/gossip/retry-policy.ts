import { MINUTE_MS } from '../protocol/durations.js';

/** Wire protocol 1.6: minutes between attempts; the last one stays. */
const DELAYS_MINUTES = [2, 4, 8, 16, 32, 60];

/** How long to wait after this many failed attempts at one peer. */
export function retryDelayMs(failedAttempts: number): number {
  return DELAYS_MINUTES[Math.min(failedAttempts, DELAYS_MINUTES.length) - 1]! * MINUTE_MS;
}

/** The longest that a peer is left alone after a failed attempt. */
export const LONGEST_RETRY_DELAY_MS = 60 * MINUTE_MS;

const FIRST_JOIN_RETRY_MS = 5_000;

/** A bootstrap server that did not answer is tried soon, then ever more slowly, up to once a round (wire protocol 1.7). */
export function joinDelayMs(failedAttempts: number, gossipIntervalMs: number): number {
  return Math.min(gossipIntervalMs, FIRST_JOIN_RETRY_MS * 2 ** (failedAttempts - 1));
}

/** Whether the wait since the last attempt is over; also where that lies ahead, as the clock was set back since. */
export function isTurn(
  { attemptedAt, waitMs }: { readonly attemptedAt: number; readonly waitMs: number },
  nowMs: number,
): boolean {
  return nowMs < attemptedAt || nowMs >= attemptedAt + waitMs;
}
