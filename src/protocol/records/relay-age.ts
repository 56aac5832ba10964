import {
  CLOCK_SKEW_MS,
  MAX_ROTATIONS_PER_RECORD,
  RECORD_RELAY_AGE_MS,
  REVOCATION_RELAY_AGE_MS,
} from '../limits.js';
import type { RecordState } from './record.js';

/**
 * Until when a record is passed on (wire protocol 2.2), in epoch milliseconds; null for one that says nothing, or is too
 * long to travel. It follows from what the record holds alone, so that all servers agree: 7 days from its announcement or,
 * where its last key has announced nothing yet, from its last rotation; 90 days from its revocation.
 */
export function relayedUntil({
  chain,
  announcement,
  revocation,
}: Pick<RecordState, 'chain' | 'announcement' | 'revocation'>): number | null {
  if (chain.length > MAX_ROTATIONS_PER_RECORD) return null;
  if (revocation !== null) return revocation.at + REVOCATION_RELAY_AGE_MS;
  const latest = announcement ?? chain.at(-1);
  return latest === undefined ? null : latest.at + RECORD_RELAY_AGE_MS;
}

/** Whether a relayed announcement is too old to act upon: five minutes after others have ceased to serve it. */
export function isPastRelay(announcedAt: number, nowMs: number): boolean {
  return nowMs - announcedAt > RECORD_RELAY_AGE_MS + CLOCK_SKEW_MS;
}
