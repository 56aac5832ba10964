import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { speaksExtension } from '../protocol/extensions.js';
import { relayedUntil } from '../protocol/records/relay-age.js';
import { lastFingerprint } from '../protocol/records/record.js';
import { formatTimestamp, formatTimestampOrNull } from '../protocol/timestamps.js';
import type { ReadRecord } from './read-record.js';
import { chainHashes, rotationRows, textOrNull } from './record-columns.js';
import type { Claim } from './relayed-policy.js';

/** Claims on one server that are kept; the latest ones. */
const MAX_CLAIMS_PER_SERVER = 8;
/** A claim is shown for as long as a deleted server is remembered. */
const CLAIM_AGE_MS = 90 * 24 * 3_600_000;

/** Writes what others brought of servers that have no row here, and what they claim of those that have one. */
@Injectable()
export class RecordWriter {
  constructor(private readonly database: Database) {}

  /** Rows of servers that nobody knew here; answers the record's hash by the UUID of each that was written. */
  async introduce(
    records: readonly ReadRecord[],
    from: string,
    nowMs: number,
  ): Promise<ReadonlyMap<string, string>> {
    if (records.length === 0) return new Map();
    const rows = await this.database.query<{ server_uuid: string; hash: string }>(
      `WITH brought AS (
         SELECT * FROM json_to_recordset($1::json) AS r(server_uuid text, server_id text, first_fingerprint text, fingerprint text,
           public_key text, announcement text, announced_at timestamptz, discovery_url text, federation_url text, trust text,
           last_seen_at timestamptz, announcement_hash text, material_hash text, speaks_ext boolean, chain_hashes text,
           revocation text, revocation_hash text, void_revocation text, void_revocation_hash text, relayed_until timestamptz,
           rotations json)
       ), added AS (
         INSERT INTO peers (server_uuid, server_id, first_fingerprint, fingerprint, public_key, announcement, announced_at,
           recorded_at, discovery_url, federation_url, trust, first_seen_at, last_seen_at, introduced_by, announcement_hash,
           material_hash, speaks_ext, chain_hashes, revocation, revocation_hash, void_revocation, void_revocation_hash,
           relayed_until)
         SELECT server_uuid, server_id, first_fingerprint, fingerprint, public_key, announcement, announced_at, announced_at,
           discovery_url, federation_url, trust, $3, last_seen_at, $2, announcement_hash, material_hash, speaks_ext, chain_hashes,
           revocation, revocation_hash, void_revocation, void_revocation_hash, relayed_until
         FROM brought b WHERE NOT EXISTS (SELECT 1 FROM revocations r WHERE r.server_uuid = b.server_uuid)
         ON CONFLICT DO NOTHING RETURNING server_uuid, first_fingerprint, record_hash
       ), keys AS (
         INSERT INTO peer_rotations (server_uuid, seq, old_fingerprint, new_fingerprint, body, rotated_at)
         SELECT added.server_uuid, k.seq, k.old_fingerprint, k.new_fingerprint, k.body, k.rotated_at
         FROM added JOIN brought USING (server_uuid), json_to_recordset(brought.rotations) AS
           k(seq integer, old_fingerprint text, new_fingerprint text, body text, rotated_at timestamptz)
       ), back AS (
         DELETE FROM tombstones t USING added a
         WHERE t.server_uuid = a.server_uuid AND t.first_fingerprint = a.first_fingerprint
       )
       SELECT server_uuid, record_hash AS hash FROM added`,
      [JSON.stringify(records.map((read) => newRow(read, nowMs))), from, formatTimestamp(nowMs)],
    );
    return new Map(rows.map((row) => [row.server_uuid, row.hash]));
  }

  /** The end of an identity that has no row, so that it never gets one. */
  async bury({ state, record }: ReadRecord): Promise<void> {
    await this.database.query(
      `INSERT INTO tombstones (server_uuid, first_fingerprint, fingerprint, announced_at, revocation)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (server_uuid, first_fingerprint) DO UPDATE SET revocation = excluded.revocation, expires_at = NULL`,
      [
        state.serverUuid,
        state.firstFingerprint,
        lastFingerprint(state),
        formatTimestamp(state.revocation!.at),
        identityRevocationMessage.encode(record.revocation!),
      ],
    );
  }

  /** Keeps a verified claim for the operator. False where it was made before; one on ourselves is new each time. */
  async claim(
    claim: Claim,
    read: ReadRecord,
    { from, nowMs }: { from: string; nowMs: number },
  ): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO claims (server_uuid, kind, fingerprint, claimant_uuid, claimed_id, told_by, seen_at, expires_at)
       SELECT server_uuid, $2, $3, $4, $5, $6, $7, $8 FROM peers WHERE server_uuid = $1
       ON CONFLICT (server_uuid, kind, fingerprint) DO UPDATE SET expires_at = excluded.expires_at
       RETURNING seen_at = $7::timestamptz AS is_new`,
      [
        claim.serverUuid,
        claim.kind,
        claim.fingerprint,
        read.state.serverUuid,
        read.record.announcement?.serverId ?? null,
        from,
        formatTimestamp(nowMs),
        formatTimestamp(nowMs + CLAIM_AGE_MS),
      ],
    );
    await this.database.query(
      `DELETE FROM claims WHERE server_uuid = $1 AND (kind, fingerprint) NOT IN
         (SELECT kind, fingerprint FROM claims WHERE server_uuid = $1 ORDER BY seen_at DESC, fingerprint LIMIT ${MAX_CLAIMS_PER_SERVER})`,
      [claim.serverUuid],
    );
    return (rows as { is_new: boolean }[])[0]?.is_new !== false;
  }
}

/** Columns of a new row, under their names. */
function newRow({ state, record, keys }: ReadRecord, nowMs: number): Record<string, unknown> {
  const announcement = record.announcement!;
  const announcedAt = state.announcement!.at;
  return {
    server_uuid: state.serverUuid,
    server_id: announcement.serverId,
    first_fingerprint: state.firstFingerprint,
    fingerprint: lastFingerprint(state),
    public_key: keys.at(-1),
    announcement: announcementMessage.encode(announcement),
    announced_at: formatTimestamp(announcedAt),
    discovery_url: announcement.endpoints.discovery,
    federation_url: announcement.endpoints.federation,
    trust: state.revocation === null ? 'unknown' : 'revoked',
    // Nobody has seen it later than it said so itself (wire protocol 2.2).
    last_seen_at: formatTimestamp(Math.min(announcedAt, nowMs)),
    announcement_hash: state.announcement!.hash,
    material_hash: state.announcement!.materialHash,
    speaks_ext: speaksExtension(announcement),
    chain_hashes: chainHashes(state),
    revocation: textOrNull(record.revocation),
    revocation_hash: state.revocation?.hash,
    void_revocation: textOrNull(record.voidRevocation),
    void_revocation_hash: state.voidRevocation?.hash,
    relayed_until: formatTimestampOrNull(relayedUntil(state)),
    rotations: rotationRows(state, record, 0),
  };
}
