import { plainBase64 } from '../platform/base64.js';
import type { WireRecord } from '../protocol/records/record-message.js';

/**
 * A statement with its signature spelt as everybody spells it. A verifier skips what base64 does not know (wire protocol
 * 1.2), so whoever passes a statement on could write its signature in any number of ways and lengths. Each would have another
 * hash, and the smaller one counts in a merge: strangers could change, and fatten, every record of the directory.
 */
export function plainlySigned<M extends { readonly signature: string }>(statement: M): M {
  const signature = plainBase64(statement.signature);
  return signature === statement.signature ? statement : { ...statement, signature };
}

/** The same of all that a record holds. */
export function plainlySignedRecord(record: WireRecord): WireRecord {
  const { rotations, announcement, revocation, voidRevocation } = record;
  return {
    ...record,
    rotations: rotations.map(plainlySigned),
    announcement: announcement && plainlySigned(announcement),
    revocation: revocation && plainlySigned(revocation),
    voidRevocation: voidRevocation && plainlySigned(voidRevocation),
  };
}
