import { createHash } from 'node:crypto';
import { announcementMessage, type Announcement } from '../messages/announcement.js';
import type { RecordState } from './record.js';

/** SHA-256 of a signed message as it is written (`encode` of its definition), in hex. */
export function statementHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Hash of an announcement but for its timestamp and signature (wire protocol 2.2, "material"). */
export function materialHash(announcement: Announcement): string {
  return statementHash(announcementMessage.signingText({ ...announcement, timestamp: '' }));
}

/**
 * What two servers compare of a record (wire protocol 2.3, `hash`): SHA-256 over the hashes of its statements, a line each,
 * rotations first, then announcement, revocation and void revocation; an absent one is an empty line. In hex.
 */
export function recordHash({ chain, announcement, revocation, voidRevocation }: RecordState): string {
  const lines = [...chain, announcement, revocation, voidRevocation].map(
    (statement) => statement?.hash ?? '',
  );
  return statementHash(lines.join('\n'));
}
