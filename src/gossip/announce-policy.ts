import { ANNOUNCE_MIN_INTERVAL_MS } from '../protocol/limits.js';

export type AnnounceDecision =
  { readonly type: 'scheduled' } | { readonly type: 'rate_limited'; readonly nextAllowedMs: number };

/** Whether a caller may start a gossip round now (wire protocol 1.4, `POST /api/v1/announce`). */
export function decideAnnounce(lastRoundAt: number | null, nowMs: number, force: boolean): AnnounceDecision {
  if (force || lastRoundAt === null) return { type: 'scheduled' };
  const nextAllowedMs = lastRoundAt + ANNOUNCE_MIN_INTERVAL_MS;
  return nowMs >= nextAllowedMs || nowMs < lastRoundAt
    ? { type: 'scheduled' }
    : { type: 'rate_limited', nextAllowedMs };
}
