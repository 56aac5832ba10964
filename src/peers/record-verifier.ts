import { Injectable } from '@nestjs/common';
import { requireAcceptableKey, SignatureVerifier } from '../platform/keys.js';
import { FederationError } from '../protocol/errors.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import type { RecordState } from '../protocol/records/record.js';
import type { ReadRecord } from './read-record.js';

/** Proves a record, whoever brought it (wire protocol 2.2). */
@Injectable()
export class RecordVerifier {
  constructor(private readonly verifier: SignatureVerifier) {}

  /**
   * Every statement that is not on file by its hash, in order from the first key; stops at the first that does not hold. At
   * most two signatures for each key of the record, so that its greatest number of rotations bounds the work.
   *
   * @throws `key_unacceptable`, `signature_invalid`
   */
  async require({ record, state, keys }: ReadRecord, held: RecordState | null): Promise<void> {
    const known = hashesOf(held);
    for (const [place, rotation] of record.rotations.entries()) {
      if (known.has(state.chain[place]!.hash)) continue;
      requireAcceptableKey(keys[place]!);
      requireAcceptableKey(keys[place + 1]!);
      const text = keyRotationMessage.signingText(rotation);
      await this.requireSigned(keys[place]!, text, rotation.signature, `rotation ${place + 1}`);
    }
    const last = keys.at(-1)!;
    const { announcement, revocation, voidRevocation } = record;
    if (announcement !== null && !known.has(state.announcement!.hash)) {
      requireAcceptableKey(last);
      const text = announcementMessage.signingText(announcement);
      await this.requireSigned(last, text, announcement.signature, 'announcement');
    }
    if (revocation !== null && !known.has(state.revocation!.hash)) {
      requireAcceptableKey(last);
      const text = identityRevocationMessage.signingText(revocation);
      await this.requireSigned(last, text, revocation.signature, 'revocation');
    }
    if (voidRevocation !== null && !known.has(state.voidRevocation!.hash)) {
      const text = identityRevocationMessage.signingText(voidRevocation);
      await this.requireSignedByOne(keys.slice(0, -1), text, voidRevocation.signature);
    }
  }

  private async requireSigned(key: string, text: string, signature: string, what: string): Promise<void> {
    if (await this.verifier.verify(key, text, signature)) return;
    throw new FederationError('signature_invalid', `the signature of the record's ${what} does not hold`);
  }

  /** Its key is not named: one of those that were left, most likely the latest. */
  private async requireSignedByOne(keys: readonly string[], text: string, signature: string): Promise<void> {
    for (const key of keys.toReversed()) if (await this.verifier.verify(key, text, signature)) return;
    throw new FederationError(
      'signature_invalid',
      "no key that was left signed the record's void revocation",
    );
  }
}

function hashesOf(held: RecordState | null): ReadonlySet<string | undefined> {
  if (held === null) return new Set();
  const { chain, announcement, revocation, voidRevocation } = held;
  return new Set([...chain, announcement, revocation, voidRevocation].map((statement) => statement?.hash));
}
