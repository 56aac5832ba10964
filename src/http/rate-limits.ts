import type { RateOutcome } from '../platform/rate-window.js';
import { FederationError } from '../protocol/errors.js';

/** Nest token of the limiter for proven peers (wire protocol 1.6); keys are server UUIDs. */
export const PEER_RATE_LIMITER = Symbol('PEER_RATE_LIMITER');
/** Nest token of the limiter for proven peers that catch up with us (wire protocol 2.5); keys are server UUIDs. */
export const CATCH_UP_RATE_LIMITER = Symbol('CATCH_UP_RATE_LIMITER');
/** Nest token of the limiter for source addresses. */
export const SOURCE_RATE_LIMITER = Symbol('SOURCE_RATE_LIMITER');
/** Nest token of the limiter for wrong admin tokens, per source address. */
export const WRONG_TOKEN_LIMITER = Symbol('WRONG_TOKEN_LIMITER');

/** The table itself takes 3.3 MiB at 100,000 keys, each key in use about 200 bytes more. */
export const MAX_RATE_KEYS = 100_000;

/** @throws FederationError rate_limited, with the time to wait, where the limiter did not allow it */
export function requireRoom(outcome: RateOutcome, detail: string): void {
  if (outcome.allowed) return;
  throw new FederationError('rate_limited', detail, { retryAfterSeconds: outcome.retryAfterSeconds });
}
