import type { FederationErrorCode } from '../protocol/errors.js';
import { CLOCK_SKEW_MS } from '../protocol/limits.js';
import type { SignatureParameters } from './request-signature.js';

export type Freshness =
  | { readonly type: 'fresh' }
  | { readonly type: 'refused'; readonly code: FederationErrorCode; readonly detail: string };

/** Whether a request is of now (wire protocol 2.1). All times are epoch milliseconds. */
export function judgeFreshness(
  { created, expires }: Pick<SignatureParameters, 'created' | 'expires'>,
  { nowMs, startedAtMs }: { readonly nowMs: number; readonly startedAtMs: number },
): Freshness {
  if (created - nowMs > CLOCK_SKEW_MS)
    return refused(
      'message_in_future',
      'the request was signed more than 5 minutes ahead; check both clocks',
    );
  if (expires <= nowMs) return refused('message_expired', 'the request has expired; check both clocks');
  // Which nonces were taken before, nobody remembers.
  if (created < startedAtMs)
    return refused('not_ready', 'the request was signed before this server started; sign it anew');
  return { type: 'fresh' };
}

function refused(code: FederationErrorCode, detail: string): Freshness {
  return { type: 'refused', code, detail };
}
