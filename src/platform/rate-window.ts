/** At most `limit` charges within a window of `windowMs`; a limit of 0 is no limit. */
export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

/** What a key has used: `count` charges since `startMs` (epoch milliseconds). */
export interface RateWindow {
  readonly startMs: number;
  readonly count: number;
}

export type RateOutcome =
  { readonly allowed: true } | { readonly allowed: false; readonly retryAfterSeconds: number };

export const WITHIN_LIMIT: RateOutcome = { allowed: true };

/**
 * Whether one more charge fits. The window is fixed and begins with a key's first charge, so exactly `limit`
 * charges fit into it; across the edge of two windows up to twice as many may fall into one `windowMs`, which is
 * the price of keeping only two numbers a key.
 */
export function roomIn(
  window: RateWindow | undefined,
  nowMs: number,
  { limit, windowMs }: Rate,
): RateOutcome {
  if (limit === 0 || !isOpen(window, nowMs, windowMs) || window.count < limit) return WITHIN_LIMIT;
  const remainingMs = window.startMs + windowMs - nowMs;
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(remainingMs / 1000)) };
}

export function chargedWindow(window: RateWindow | undefined, nowMs: number, { windowMs }: Rate): RateWindow {
  return isOpen(window, nowMs, windowMs)
    ? { startMs: window.startMs, count: window.count + 1 }
    : { startMs: nowMs, count: 1 };
}

/** A window from the future (the clock was set back) is over too: it must not lock a key out for longer than its length. */
function isOpen(window: RateWindow | undefined, nowMs: number, windowMs: number): window is RateWindow {
  return window !== undefined && nowMs >= window.startMs && nowMs < window.startMs + windowMs;
}
