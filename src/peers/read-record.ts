import { fingerprintOf } from '../platform/keys.js';
import { FederationError, invalidField } from '../protocol/errors.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import {
  identityRevocationMessage,
  type IdentityRevocation,
} from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import { materialHash, statementHash } from '../protocol/records/record-hash.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import type { RecordState, SignedStatement } from '../protocol/records/record.js';
import {
  requireAcceptableAnnouncement,
  requireAcceptableIdentityRevocation,
  requireAcceptableKeyRotation,
  requireUuid,
} from '../protocol/strict.js';
import { parseTimestamp } from '../protocol/timestamps.js';

/** A record that somebody brought, read and found to hang together; no signature was looked at. */
export interface ReadRecord {
  readonly record: WireRecord;
  /** What it would be if every signature held. */
  readonly state: RecordState;
  /** As PEM, from the first to the one in force. */
  readonly keys: readonly string[];
}

/** What signed a void revocation is found out by trying; before that, no key did. */
const NOBODY = '';

/**
 * Reads what a record says, cheapest things first.
 *
 * @throws a coded FederationError for a record that contradicts itself, before any signature is looked at
 */
export function readRecord(record: WireRecord): ReadRecord {
  const { serverUuid, rotations, announcement } = record;
  requireUuid('server_uuid', serverUuid);
  const keys = keysOf(record);
  const fingerprints = keys.map(fingerprintOf);
  if (new Set(fingerprints).size < keys.length) {
    throw new FederationError('key_reused', 'a key comes twice in the rotations of the record');
  }
  if (announcement !== null) {
    requireAcceptableAnnouncement(announcement);
    requireSame('announcement.server_uuid', announcement.serverUuid, serverUuid);
    if (announcement.publicKey !== keys.at(-1)) {
      throw new FederationError('key_mismatch', 'the announcement of the record is not of its last key');
    }
  }
  const chain = rotations.map((rotation, place) => {
    requireAcceptableKeyRotation(rotation);
    requireSame(`rotations.${place}.server_uuid`, rotation.serverUuid, serverUuid);
    const hash = statementHash(keyRotationMessage.encode(rotation));
    return { fingerprint: fingerprints[place + 1]!, at: parseTimestamp(rotation.timestamp)!, hash };
  });
  const last = fingerprints.at(-1)!;
  const state: RecordState = {
    serverUuid,
    firstFingerprint: fingerprints[0]!,
    chain,
    announcement:
      announcement === null
        ? null
        : {
            signedBy: last,
            at: parseTimestamp(announcement.timestamp)!,
            hash: statementHash(announcementMessage.encode(announcement)),
            materialHash: materialHash(announcement),
          },
    revocation: revocationOf(record.revocation, 'revocation', { serverUuid, signedBy: last }),
    voidRevocation: revocationOf(record.voidRevocation, 'void_revocation', { serverUuid, signedBy: NOBODY }),
  };
  return { record, state, keys };
}

/** Each rotation starts from the key that the one before it brought in. */
function keysOf({ rotations, announcement }: WireRecord): string[] {
  const first = rotations[0]?.oldPublicKey ?? announcement?.publicKey;
  if (first === undefined)
    throw invalidField('rotations', 'or announcement must be there: neither names a key');
  const keys = [first];
  for (const { oldPublicKey, newPublicKey } of rotations) {
    if (oldPublicKey !== keys.at(-1)) {
      throw new FederationError(
        'key_mismatch',
        'a rotation of the record does not start from the key before it',
      );
    }
    keys.push(newPublicKey);
  }
  return keys;
}

function revocationOf(
  revocation: IdentityRevocation | null,
  field: string,
  { serverUuid, signedBy }: { serverUuid: string; signedBy: string },
): SignedStatement | null {
  if (revocation === null) return null;
  requireAcceptableIdentityRevocation(revocation);
  requireSame(`${field}.server_uuid`, revocation.serverUuid, serverUuid);
  const hash = statementHash(identityRevocationMessage.encode(revocation));
  return { signedBy, at: parseTimestamp(revocation.timestamp)!, hash };
}

function requireSame(field: string, value: string, serverUuid: string): void {
  if (value !== serverUuid) throw invalidField(field, 'must be the server_uuid of the record');
}
