import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { KeyHistory } from './key-policy.js';

export interface AppliedRotation {
  readonly serverUuid: string;
  readonly oldFingerprint: string;
  readonly newPublicKey: string;
  readonly newFingerprint: string;
  readonly body: string;
  readonly rotatedAt: number;
}

export interface AppliedRevocation {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly fingerprint: string;
  readonly reason: string;
  readonly body: string;
  readonly revokedAt: number;
}

/** Key rotations and revocations of other servers, with the exact text that proves each. */
@Injectable()
export class KeyWriter {
  constructor(private readonly database: Database) {}

  async history(serverUuid: string): Promise<KeyHistory> {
    const rows = await this.database.query<{ fingerprint: string }>(
      `SELECT first_fingerprint AS fingerprint, 0 AS seq FROM peers WHERE server_uuid = $1
       UNION ALL SELECT new_fingerprint, seq FROM peer_rotations WHERE server_uuid = $1 ORDER BY seq`,
      [serverUuid],
    );
    return { fingerprints: rows.map((row) => row.fingerprint) };
  }

  /** False where the key on file changed in the meantime. */
  async rotate(rotation: AppliedRotation): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query(
        `UPDATE peers SET public_key = $3, fingerprint = $4 WHERE server_uuid = $1 AND fingerprint = $2 RETURNING server_uuid`,
        [rotation.serverUuid, rotation.oldFingerprint, rotation.newPublicKey, rotation.newFingerprint],
      );
      if (rows.length === 0) return false;
      await tx.query(
        `INSERT INTO peer_rotations (server_uuid, seq, old_fingerprint, new_fingerprint, body, rotated_at)
         SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 FROM peer_rotations WHERE server_uuid = $1`,
        [
          rotation.serverUuid,
          rotation.oldFingerprint,
          rotation.newFingerprint,
          rotation.body,
          formatTimestamp(rotation.rotatedAt),
        ],
      );
      return true;
    });
  }

  /** The revocation outlives the peer's row, so the UUID never comes back. */
  async revoke(revocation: AppliedRevocation): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query(
        `UPDATE peers SET trust = 'revoked' WHERE server_uuid = $1 AND fingerprint = $2 RETURNING server_uuid`,
        [revocation.serverUuid, revocation.fingerprint],
      );
      if (rows.length === 0) return false;
      await tx.query(
        `INSERT INTO revocations (server_uuid, server_id, fingerprint, reason, body, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        [
          revocation.serverUuid,
          revocation.serverId,
          revocation.fingerprint,
          revocation.reason,
          revocation.body,
          formatTimestamp(revocation.revokedAt),
        ],
      );
      await tx.query('DELETE FROM neighbors WHERE server_uuid = $1', [revocation.serverUuid]);
      await tx.query('DELETE FROM routes WHERE server_uuid = $1', [revocation.serverUuid]);
      return true;
    });
  }
}
