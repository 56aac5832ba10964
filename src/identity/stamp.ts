import { CLOCK_SKEW_MS } from '../protocol/limits.js';

/** The finest step that a timestamp can show: a microsecond. */
const STEP_MS = 0.001;

/**
 * The time to put into our next message: strictly later than the last one, or a second message of the same
 * millisecond, or one after the clock was set back a little, would pass for a replay. Where the clock was set back
 * by more than others let a clock run ahead, nobody has taken the last one, and the truth is used again.
 */
export function nextStampMs(nowMs: number, lastMs: number): number {
  if (lastMs - nowMs > CLOCK_SKEW_MS) return nowMs;
  return Math.max(nowMs, lastMs + STEP_MS);
}
