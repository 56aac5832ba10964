import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import { speaksExtension } from '../protocol/extensions.js';
import { relayedUntil } from '../protocol/records/relay-age.js';
import { lastFingerprint, type RecordState } from '../protocol/records/record.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { ReadRecord } from './read-record.js';
import { NEXT_ARRIVAL } from './record-rows.js';
import type { RecordOnFile } from './record-standing.repository.js';
import type { Claim } from './relayed-policy.js';
import { reserveName } from './reserved-names.js';

/** A record that replaces one on file. */
export interface Merge {
  readonly read: ReadRecord;
  readonly held: RecordOnFile;
  readonly state: RecordState;
  /** Its announcement is that of the brought record. */
  readonly announces: boolean;
  /** UUID of who brought it. */
  readonly from: string;
  readonly nowMs: number;
}

/** Claims on one server that are kept; the latest ones. */
const MAX_CLAIMS_PER_SERVER = 8;
/** A claim is shown for as long as a deleted server is remembered. */
const CLAIM_AGE_MS = 90 * 24 * 3_600_000;

/** Writes records that others brought. What was decided on another state of the row than is there by then changes nothing. */
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

  /** The record's hash as it is then; null where what is on file is no longer what the decision was about. */
  async merge(merge: Merge): Promise<string | null> {
    const { held, state, read, announces } = merge;
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<{ record_hash: string; introduced: boolean }>(
        `SELECT record_hash, introduced_by IS NOT NULL AS introduced FROM peers WHERE server_uuid = $1 AND trust <> 'blocked' FOR UPDATE`,
        [state.serverUuid],
      );
      if (row?.record_hash !== held.hash) return null;
      const announcement = announces ? read.record.announcement : null;
      const renamed = announcement !== null && announcement.serverId !== held.serverId;
      if (renamed) {
        const [holder] = await tx.query('SELECT 1 FROM peers WHERE server_id = $1', [announcement.serverId]);
        if (holder !== undefined) return null;
      }
      await writeChain(tx, merge);
      const hash = await writeRow(tx, merge);
      if (renamed) {
        const { serverUuid } = state;
        const names = { left: held.serverId, taken: announcement.serverId, serverUuid, nowMs: merge.nowMs };
        await reserveName(tx, names);
      }
      if (state.revocation !== null) await end(tx, merge, row.introduced);
      return hash;
    });
  }

  /** Keeps a verified claim for the operator. False where it is an old one, or the server is gone. */
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
    return (rows as { is_new: boolean }[])[0]?.is_new === true;
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
    relayed_until: timeOrNull(relayedUntil(state)),
    rotations: rotationRows(state, record, 0),
  };
}

async function writeRow(
  tx: Queryable,
  { read, held, state, announces, from, nowMs }: Merge,
): Promise<string> {
  const { record, keys } = read;
  const announcement = announces ? record.announcement! : null;
  const texts = new Map<string | undefined, string | null>([
    [held.state.revocation?.hash, held.revocationTexts.revocation],
    [held.state.voidRevocation?.hash, held.revocationTexts.voidRevocation],
    [read.state.revocation?.hash, textOrNull(record.revocation)],
    [read.state.voidRevocation?.hash, textOrNull(record.voidRevocation)],
  ]);
  const place = announcement?.endpoints ?? held.endpoints;
  const serverId = announcement?.serverId ?? held.serverId;
  const isElsewhere =
    serverId !== held.serverId ||
    place.discovery !== held.endpoints.discovery ||
    place.federation !== held.endpoints.federation;
  const fingerprint = lastFingerprint(state);
  const at = state.announcement?.at ?? null;
  const [row] = await tx.query<{ hash: string }>(
    `UPDATE peers SET server_id = $2, first_fingerprint = $3, fingerprint = $4, public_key = $5, discovery_url = $6, federation_url = $7,
       announcement = coalesce($8, announcement), speaks_ext = coalesce($9, speaks_ext), announcement_hash = $10,
       material_hash = $11, recorded_at = $12, announced_at = greatest(announced_at, $12),
       last_seen_at = greatest(last_seen_at, $13::timestamptz), chain_hashes = $14, revocation = $15,
       revocation_hash = $16, void_revocation = $17, void_revocation_hash = $18, relayed_until = $19,
       proven_at = CASE WHEN $20 THEN NULL ELSE proven_at END, introduced_by = CASE WHEN $20 THEN $21 ELSE introduced_by END,
       trust = CASE WHEN $15::text IS NULL THEN trust ELSE 'revoked' END, arrival = ${NEXT_ARRIVAL}
     WHERE server_uuid = $1 RETURNING record_hash AS hash`,
    [
      state.serverUuid,
      serverId,
      state.firstFingerprint,
      fingerprint,
      fingerprint === held.fingerprint ? held.publicKey : keys.at(-1),
      place.discovery,
      place.federation,
      announcement === null ? null : announcementMessage.encode(announcement),
      announcement === null ? null : speaksExtension(announcement),
      state.announcement?.hash ?? null,
      state.announcement?.materialHash ?? null,
      timeOrNull(at),
      timeOrNull(at === null ? null : Math.min(at, nowMs)),
      chainHashes(state),
      state.revocation === null ? null : (texts.get(state.revocation.hash) ?? null),
      state.revocation?.hash ?? null,
      state.voidRevocation === null ? null : (texts.get(state.voidRevocation.hash) ?? null),
      state.voidRevocation?.hash ?? null,
      timeOrNull(relayedUntil(state)),
      isElsewhere,
      from,
    ],
  );
  return row!.hash;
}

/** Brings the rotations on file to those of the record; most are there. */
async function writeChain(tx: Queryable, { read, held, state }: Merge): Promise<void> {
  const { serverUuid, chain } = state;
  // Keys before the first one that was known here.
  const before = chain.findIndex((link) => link.fingerprint === held.state.firstFingerprint) + 1;
  if (before > 0) {
    const shift = `UPDATE peer_rotations SET seq = $2 - seq WHERE server_uuid = $1`;
    // Through negative numbers, as one row would meet the next one's number on its way.
    await tx.query(shift, [serverUuid, -before]);
    await tx.query(shift, [serverUuid, 0]);
  }
  const isHeld = (hash: string, place: number): boolean => held.state.chain[place - before]?.hash === hash;
  const missing = chain.flatMap((link, place) => (isHeld(link.hash, place) ? [] : [place + 1]));
  await tx.query('DELETE FROM peer_rotations WHERE server_uuid = $1 AND (seq = ANY($2::int[]) OR seq > $3)', [
    serverUuid,
    missing,
    chain.length,
  ]);
  const offset = chain.findIndex((link) => link.fingerprint === read.state.firstFingerprint) + 1;
  const rows = rotationRows(read.state, read.record, offset).filter(({ seq }) => missing.includes(seq));
  await tx.query(
    `INSERT INTO peer_rotations (server_uuid, seq, old_fingerprint, new_fingerprint, body, rotated_at)
     SELECT $1, * FROM json_to_recordset($2::json)
       AS k(seq integer, old_fingerprint text, new_fingerprint text, body text, rotated_at timestamptz)`,
    [serverUuid, JSON.stringify(rows)],
  );
}

/** It is no neighbour and no route; of a server that announced itself here, the UUID is closed for ever. */
async function end(tx: Queryable, { state, read }: Merge, introduced: boolean): Promise<void> {
  const { serverUuid } = state;
  await tx.query('DELETE FROM neighbors WHERE server_uuid = $1', [serverUuid]);
  await tx.query('DELETE FROM routes WHERE server_uuid = $1', [serverUuid]);
  const { revocation } = read.record;
  if (introduced || revocation === null) return;
  await tx.query(
    `INSERT INTO revocations (server_uuid, server_id, fingerprint, reason, body, revoked_at)
     SELECT server_uuid, server_id, fingerprint, $2, revocation, $3 FROM peers WHERE server_uuid = $1 ON CONFLICT DO NOTHING`,
    [serverUuid, revocation.reason, formatTimestamp(state.revocation!.at)],
  );
}

interface RotationRow {
  readonly seq: number;
  readonly old_fingerprint: string;
  readonly new_fingerprint: string;
  readonly body: string;
  readonly rotated_at: string;
}

/** @param before rotations of the identity that come before those of the record */
function rotationRows(state: RecordState, record: ReadRecord['record'], before: number): RotationRow[] {
  return state.chain.map(({ fingerprint, at }, place) => ({
    seq: before + place + 1,
    old_fingerprint: state.chain[place - 1]?.fingerprint ?? state.firstFingerprint,
    new_fingerprint: fingerprint,
    body: keyRotationMessage.encode(record.rotations[place]!),
    rotated_at: formatTimestamp(at),
  }));
}

function chainHashes({ chain }: RecordState): string {
  return chain.map(({ hash }) => `${hash}\n`).join('');
}

function textOrNull(revocation: ReadRecord['record']['revocation']): string | null {
  return revocation === null ? null : identityRevocationMessage.encode(revocation);
}

function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : formatTimestamp(epochMs);
}
