import { CLOCK_SKEW_MS, SPREADING_SPREAD } from '../protocol/limits.js';

/** Looked at again this soon where our record could not be read, or signed. */
const RETRY_MS = 60_000;

/**
 * Whether this server signs its announcement anew for the network though it says the same (wire protocol 2.5): once the
 * shortest interval is over that its turns may have, so that a start between two turns does not make everybody fetch it
 * again. Where the clock was set back, what was signed then is from the future for others.
 */
export function isRefreshDue(signedAtMs: number, intervalMs: number, nowMs: number): boolean {
  const ageMs = nowMs - signedAtMs;
  return ageMs >= intervalMs * (1 - SPREADING_SPREAD) || ageMs < -CLOCK_SKEW_MS;
}

/** From now to the middle of the time in which it is to be signed anew. `signedAtMs`: null where that is not known. */
export function untilRefreshMs(signedAtMs: number | null, intervalMs: number, nowMs: number): number {
  const leftMs = signedAtMs === null ? 0 : signedAtMs + intervalMs - nowMs;
  return Math.min(intervalMs, Math.max(RETRY_MS, leftMs));
}
