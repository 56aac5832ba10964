import { PEER_DELETE_AGE_MS, RECORD_RELAY_AGE_MS, TOMBSTONE_AGE_MS } from '../protocol/limits.js';
import { spreadPeriodMs } from './jitter.js';

/** From one signature for the network to the next (wire protocol 2.5: 24 hours, 20 % more or less). `draw` is in [0, 1). */
export function refreshDelayMs(intervalMs: number, draw: number): number {
  return spreadPeriodMs(intervalMs, draw);
}

/** What we last signed for the network. */
export interface OwnSigned {
  readonly materialHash: string;
  readonly signedAtMs: number;
  /** Drawn when it was signed, see `refreshDelayMs`. */
  readonly renewAfterMs: number;
}

export type RefreshDecision =
  { readonly type: 'sign'; readonly why: 'first' | 'material' | 'age' } | { readonly type: 'keep' };

/** Whether this server signs its announcement anew for its ext neighbours (wire protocol 2.5). */
export function decideRefresh(
  signed: OwnSigned | null,
  materialHash: string,
  nowMs: number,
): RefreshDecision {
  if (signed === null) return { type: 'sign', why: 'first' };
  if (signed.materialHash !== materialHash) return { type: 'sign', why: 'material' };
  // A clock that was set back: what was signed then is from the future for others.
  const isDue = nowMs >= signed.signedAtMs + signed.renewAfterMs || nowMs < signed.signedAtMs;
  return isDue ? { type: 'sign', why: 'age' } : { type: 'keep' };
}

/** What is done with a record as its announcement ages. */
export type RecordStage =
  /** In use, passed on and compared with others. */
  | 'relayed'
  /** In use here; nobody is told of it. */
  | 'kept'
  /** Deleted; identity, last time and key are remembered. */
  | 'tombstone'
  /** Nothing is remembered. */
  | 'forgotten';

export interface RecordAge {
  readonly announcedAtMs: number;
  readonly isRevoked: boolean;
  readonly nowMs: number;
}

/** What is left of a record (wire protocol 2.2). A revocation is passed on for ever, or a revoked server might return. */
export function recordStage({ announcedAtMs, isRevoked, nowMs }: RecordAge): RecordStage {
  const ageMs = nowMs - announcedAtMs;
  if (isRevoked || ageMs < RECORD_RELAY_AGE_MS) return 'relayed';
  if (ageMs < PEER_DELETE_AGE_MS) return 'kept';
  return ageMs < PEER_DELETE_AGE_MS + TOMBSTONE_AGE_MS ? 'tombstone' : 'forgotten';
}
