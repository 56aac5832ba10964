import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import type { RecordState } from '../protocol/records/record.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { ReadRecord } from './read-record.js';

/** A row of `peer_rotations`, under the names of its columns. */
export interface RotationRow {
  readonly seq: number;
  readonly old_fingerprint: string;
  readonly new_fingerprint: string;
  readonly body: string;
  readonly rotated_at: string;
}

/** @param before rotations of the identity that come before those of the record */
export function rotationRows(
  state: RecordState,
  record: ReadRecord['record'],
  before: number,
): RotationRow[] {
  return state.chain.map(({ fingerprint, at }, place) => ({
    seq: before + place + 1,
    old_fingerprint: state.chain[place - 1]?.fingerprint ?? state.firstFingerprint,
    new_fingerprint: fingerprint,
    body: keyRotationMessage.encode(record.rotations[place]!),
    rotated_at: formatTimestamp(at),
  }));
}

export function chainHashes({ chain }: RecordState): string {
  return chain.map(({ hash }) => `${hash}\n`).join('');
}

export function textOrNull(revocation: ReadRecord['record']['revocation']): string | null {
  return revocation === null ? null : identityRevocationMessage.encode(revocation);
}
