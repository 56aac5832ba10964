/**
 * What is known of one identity (wire protocol 2.2), as verified statements: whoever makes one of these has checked every
 * signature. An identity is the pair of its UUID and the fingerprint of its first key.
 */
export interface RecordState {
  readonly serverUuid: string;
  readonly firstFingerprint: string;
  /** Its rotations from the first key on, each signed by the key before it. */
  readonly chain: readonly Link[];
  /** The latest under the last key of the chain; null where that key has announced nothing yet. */
  readonly announcement: AnnouncedStatement | null;
  /** By the last key of the chain: the identity's end. */
  readonly revocation: SignedStatement | null;
  /** By a key that the chain has left behind: kept, and without effect. */
  readonly voidRevocation: SignedStatement | null;
}

/** A signed message of the identity. */
export interface Statement {
  /** SHA-256 of the message in canonical form with its signature, in hex. */
  readonly hash: string;
  /** Epoch milliseconds of its timestamp. */
  readonly at: number;
}

/** A KeyRotation. */
export interface Link extends Statement {
  /** Of the key that it brings in. */
  readonly fingerprint: string;
}

export interface SignedStatement extends Statement {
  /** Fingerprint of the key that signed it. */
  readonly signedBy: string;
}

export interface AnnouncedStatement extends SignedStatement {
  /** Hash of all that it says but its timestamp and signature: equal where nothing has changed. */
  readonly materialHash: string;
}

/** Fingerprint of the key in force. */
export function lastFingerprint({
  firstFingerprint,
  chain,
}: Pick<RecordState, 'firstFingerprint' | 'chain'>): string {
  return chain.at(-1)?.fingerprint ?? firstFingerprint;
}
