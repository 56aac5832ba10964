/** Who this daemon is: one row, made at the first start (wire protocol 1.1). */
export interface Identity {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; null while the identity is in force. */
  readonly revokedAt: number | null;
}

export type OwnStatementKind = 'key_rotation' | 'identity_revocation';

/** What we signed about our own identity: kept as the exact text, because that text is what was signed. */
export interface OwnStatement {
  readonly kind: OwnStatementKind;
  readonly body: string;
  readonly createdAt: number;
}
