/** How long one window of a limit per minute lasts. */
export const WINDOW_MS = 60_000;

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
 * charges fit into it; over the edge of two windows a minute may see up to twice the limit, which is the price
 * of keeping two numbers a key.
 */
export function roomIn(window: RateWindow | undefined, nowMs: number, limit: number): RateOutcome {
  if (limit === 0 || !isCurrent(window, nowMs) || window.count < limit) return WITHIN_LIMIT;
  const remainingMs = window.startMs + WINDOW_MS - nowMs;
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(remainingMs / 1000)) };
}

export function chargedWindow(window: RateWindow | undefined, nowMs: number): RateWindow {
  return isCurrent(window, nowMs)
    ? { startMs: window.startMs, count: window.count + 1 }
    : { startMs: nowMs, count: 1 };
}

/** A window from the future (the clock was set back) is over too: it must not lock a key out for longer than a minute. */
function isCurrent(window: RateWindow | undefined, nowMs: number): window is RateWindow {
  return window !== undefined && nowMs >= window.startMs && nowMs < window.startMs + WINDOW_MS;
}
