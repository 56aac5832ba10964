import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { interval } from '../database/interval.js';
import { MAX_ROTATIONS_PER_RECORD, RECORD_RELAY_AGE_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { closeUuid, toldAsEnded, unlink } from './endings.js';
import type { KeyHistory } from './key-policy.js';
import { CHAIN_LINE_LENGTH, NEXT_ARRIVAL } from './record-rows.js';

export interface AppliedRotation {
  readonly serverUuid: string;
  readonly oldFingerprint: string;
  readonly newPublicKey: string;
  readonly newFingerprint: string;
  readonly body: string;
  /** Of the body (wire protocol 2.2). */
  readonly hash: string;
  readonly rotatedAt: number;
}

export interface AppliedRevocation {
  readonly serverUuid: string;
  readonly fingerprint: string;
  readonly reason: string;
  readonly body: string;
  /** Of the body (wire protocol 2.2). */
  readonly hash: string;
  readonly revokedAt: number;
}

interface RecordRow {
  hash: string;
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

  /**
   * What the old key announced falls out of the record. Answers the record's hash as it is then; null where the key on file
   * changed in the meantime.
   */
  async rotate(rotation: AppliedRotation): Promise<string | null> {
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<RecordRow>(
        `UPDATE peers p SET public_key = $3, fingerprint = $4, chain_hashes = p.chain_hashes || $5::text || E'\\n', arrival = ${NEXT_ARRIVAL},
                announcement_hash = NULL, material_hash = NULL, recorded_at = NULL,
                relayed_until = CASE WHEN length(p.chain_hashes) < ${MAX_ROTATIONS_PER_RECORD * CHAIN_LINE_LENGTH}
                                     THEN $6::timestamptz + ${interval(RECORD_RELAY_AGE_MS)} END
         WHERE server_uuid = $1 AND fingerprint = $2 RETURNING p.record_hash AS hash`,
        [
          rotation.serverUuid,
          rotation.oldFingerprint,
          rotation.newPublicKey,
          rotation.newFingerprint,
          rotation.hash,
          formatTimestamp(rotation.rotatedAt),
        ],
      );
      if (row === undefined) return null;
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
      return row.hash;
    });
  }

  /**
   * Of a server that announced itself here the revocation outlives its row, so that the UUID never comes back; of one that is
   * known from others alone it ends that identity: anyone can make one up under another's UUID, and end it.
   */
  async revoke(revocation: AppliedRevocation): Promise<string | null> {
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<RecordRow & { introduced: boolean }>(
        `UPDATE peers p SET trust = 'revoked', revocation = $3, revocation_hash = $4, ${toldAsEnded('$5::timestamptz')}
         WHERE server_uuid = $1 AND fingerprint = $2
         RETURNING p.record_hash AS hash, p.introduced_by IS NOT NULL AS introduced`,
        [
          revocation.serverUuid,
          revocation.fingerprint,
          revocation.body,
          revocation.hash,
          formatTimestamp(revocation.revokedAt),
        ],
      );
      if (row === undefined) return null;
      if (!row.introduced) await closeUuid(tx, revocation.serverUuid, revocation);
      await unlink(tx, [revocation.serverUuid]);
      return row.hash;
    });
  }
}
