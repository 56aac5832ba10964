import type { TokenTerms } from './vault-api.js';

/** A token is shown to Vault at least this often, so that its absence is noticed within this time. */
const LONGEST_BEAT_MS = 5 * 60_000;
const SHORTEST_BEAT_MS = 1_000;
/** What is left when a lease is renewed: enough for several attempts. */
const RENEW_AT = 2 / 3;
/** Spread between daemons that start together. */
const JITTER = 0.1;

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** Vault locks a role out after five refused logins within 15 minutes; this stays below. */
const REFUSED_RETRY_MS = 30 * 60_000;

export interface Lease {
  /** Epoch milliseconds; Infinity where the token has no end. */
  readonly endsAt: number;
  /** The whole life of the token as it was when it was given. */
  readonly ttlMs: number;
  readonly isRenewable: boolean;
}

export function leaseFrom({ ttlMs, isRenewable }: TokenTerms, now: number): Lease {
  const endless = ttlMs === 0;
  return {
    endsAt: endless ? Infinity : now + ttlMs,
    ttlMs: endless ? Infinity : ttlMs,
    isRenewable: isRenewable && !endless,
  };
}

/** As renewed: the end moves, what a whole life is stays. */
export function renewed(lease: Lease, { ttlMs }: TokenTerms, now: number): Lease {
  return { ...lease, endsAt: ttlMs === 0 ? Infinity : now + ttlMs };
}

/** When to show the token next, from now; `draw` is from 0 to 1. */
export function nextBeatMs(lease: Lease, now: number, draw: number): number {
  const leftMs = Math.min((lease.endsAt - now) * RENEW_AT, LONGEST_BEAT_MS);
  return Math.max(leftMs * (1 - JITTER * draw), SHORTEST_BEAT_MS);
}

/** Whether a lease that was just renewed, or cannot be, is so short that a new login is due: it nears its greatest life. */
export function needsLogin(lease: Lease, now: number): boolean {
  return lease.endsAt - now < lease.ttlMs * (1 - RENEW_AT);
}

/** When to try again after `failures` in a row; what waiting may not heal is tried rarely. */
export function retryMs(failures: number, mayHeal: boolean, draw: number): number {
  const ms = mayHeal ? Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS) : REFUSED_RETRY_MS;
  return ms * (1 - JITTER * draw);
}
