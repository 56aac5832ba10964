import { datedWrongly } from '../protocol/dating.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import type { Standing } from './peer.js';

/** Keys of one identity that are remembered: a rotation a week for twenty years; bounds what one peer can store here. */
const MAX_ROTATIONS_PER_IDENTITY = 1000;

/** The identity's keys as far as a rotation needs them. */
export interface KeyHistory {
  /** Fingerprint of the first key, then of each successor, in order; the last one is in force. */
  readonly fingerprints: readonly string[];
}

export type StatementDecision =
  | { readonly type: 'apply' }
  | { readonly type: 'ignore' }
  | { readonly type: 'reject'; readonly code: FederationErrorCode; readonly detail: string };

export interface RotationFacts extends Pick<Standing, 'known' | 'revoked'> {
  readonly nowMs: number;
  readonly signedAt: number;
  readonly oldFingerprint: string;
  readonly newFingerprint: string;
  readonly history: KeyHistory;
}

/**
 * What a KeyRotation does (wire protocol 1.3), supposing that the old key's signature holds. There is no
 * greatest age: a peer that was away takes the rotation when it is back.
 */
export function decideRotation(facts: RotationFacts): StatementDecision {
  const { known, history, oldFingerprint, newFingerprint } = facts;
  const refused = refuseStatement(facts);
  if (refused !== null) return refused;
  if (isTaken(history, oldFingerprint, newFingerprint)) return { type: 'ignore' };
  if (known!.fingerprint !== oldFingerprint) {
    return reject('key_mismatch', 'old_public_key is not the key on file for this server_uuid');
  }
  if (history.fingerprints.includes(newFingerprint)) {
    return reject('key_reused', 'new_public_key was used by this identity before');
  }
  if (history.fingerprints.length > MAX_ROTATIONS_PER_IDENTITY) {
    return reject('rate_limited', 'this identity has rotated its key too often');
  }
  return { type: 'apply' };
}

/**
 * Also one that others followed: its sender brings them in order, and may not know that we have fetched them all. A key
 * stands in the history once.
 */
function isTaken({ fingerprints }: KeyHistory, oldFingerprint: string, newFingerprint: string): boolean {
  const old = fingerprints.indexOf(oldFingerprint);
  return old >= 0 && fingerprints[old + 1] === newFingerprint;
}

export interface RevocationFacts extends Pick<Standing, 'known' | 'revoked'> {
  readonly nowMs: number;
  readonly signedAt: number;
}

/** What an IdentityRevocation does (wire protocol 1.3), supposing that the current key's signature holds. */
export function decideRevocation(facts: RevocationFacts): StatementDecision {
  if (facts.revoked || facts.known?.trust === 'revoked') return { type: 'ignore' };
  return refuseStatement(facts) ?? { type: 'apply' };
}

function refuseStatement({ known, revoked, nowMs, signedAt }: RevocationFacts): StatementDecision | null {
  if (revoked || known?.trust === 'revoked') return reject('identity_revoked', 'this identity was revoked');
  if (known === null) return reject('unknown_peer', 'no server with this server_uuid is known here');
  const wrong = datedWrongly('message', signedAt, nowMs);
  return wrong === null ? null : reject(`message_${wrong.how}`, wrong.detail);
}

function reject(code: FederationErrorCode, detail: string): StatementDecision {
  return { type: 'reject', code, detail };
}
