import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { isUniqueViolation } from '../database/failures.js';
import { announcementMessage, type Announcement } from '../protocol/messages/announcement.js';
import { speaksExtension } from '../protocol/extensions.js';
import { relayedUntil } from '../protocol/records/relay-age.js';
import { lastFingerprint, type RecordState, type SignedStatement } from '../protocol/records/record.js';
import { formatTimestampOrNull } from '../protocol/timestamps.js';
import { closeUuid, unlink } from './endings.js';
import type { ReadRecord } from './read-record.js';
import { chainHashes, rotationRows, textOrNull } from './record-columns.js';
import { NEXT_ARRIVAL } from './record-rows.js';
import type { RecordOnFile } from './record-standing.repository.js';
import { isHearsay } from './peer-rows.js';
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

/** Writes a record in the place of one on file, if that is still what the decision was about. */
@Injectable()
export class RecordMerger {
  constructor(private readonly database: Database) {}

  /** The record's hash as it is then; null where what is on file is no longer what the decision was about. */
  async merge(merge: Merge): Promise<string | null> {
    try {
      return await this.mergeUnlessTaken(merge);
    } catch (error) {
      // Another server took the name between our look at it and our update.
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  private mergeUnlessTaken(merge: Merge): Promise<string | null> {
    const { held, state, read, announces } = merge;
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<{ record_hash: string; introduced: boolean; hearsay: boolean }>(
        `SELECT record_hash, introduced_by IS NOT NULL AS introduced, ${isHearsay('p')} AS hearsay
         FROM peers p WHERE server_uuid = $1 AND trust <> 'blocked' FOR UPDATE`,
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
        const names = { left: held.serverId, taken: announcement.serverId, wasHearsay: row.hearsay };
        await reserveName(tx, { ...names, serverUuid: state.serverUuid, nowMs: merge.nowMs });
      }
      if (state.revocation !== null) await end(tx, merge, row.introduced);
      return hash;
    });
  }
}

async function writeRow(
  tx: Queryable,
  { read, held, state, announces, from, nowMs }: Merge,
): Promise<string> {
  const { record, keys } = read;
  const announcement = announces ? record.announcement! : null;
  const textOf = revocationTexts(held, read);
  const { serverId, endpoints, isElsewhere } = placeOf(held, announcement);
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
      endpoints.discovery,
      endpoints.federation,
      announcement === null ? null : announcementMessage.encode(announcement),
      announcement === null ? null : speaksExtension(announcement),
      state.announcement?.hash ?? null,
      state.announcement?.materialHash ?? null,
      formatTimestampOrNull(at),
      formatTimestampOrNull(at === null ? null : Math.min(at, nowMs)),
      chainHashes(state),
      textOf(state.revocation),
      state.revocation?.hash ?? null,
      textOf(state.voidRevocation),
      state.voidRevocation?.hash ?? null,
      formatTimestampOrNull(relayedUntil(state)),
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
  if (rows.length === 0) return;
  // A claim that came true is none any more.
  await tx.query(
    `DELETE FROM claims WHERE server_uuid = $1 AND kind = 'fork' AND fingerprint = ANY($2::text[])`,
    [serverUuid, rows.map((row) => row.new_fingerprint)],
  );
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
  await unlink(tx, [serverUuid]);
  const { revocation } = read.record;
  if (introduced || revocation === null) return;
  await closeUuid(tx, serverUuid, { reason: revocation.reason, revokedAt: state.revocation!.at });
}

/** Where the record says that its server is; elsewhere than on file, it has yet to answer us. */
function placeOf(
  held: RecordOnFile,
  announcement: Announcement | null,
): Pick<RecordOnFile, 'serverId' | 'endpoints'> & { readonly isElsewhere: boolean } {
  const { serverId, endpoints } = announcement ?? held;
  const isElsewhere =
    serverId !== held.serverId ||
    endpoints.discovery !== held.endpoints.discovery ||
    endpoints.federation !== held.endpoints.federation;
  return { serverId, endpoints, isElsewhere };
}

/** The text of a revocation, be it on file or brought. */
function revocationTexts(
  held: RecordOnFile,
  { state, record }: ReadRecord,
): (revocation: SignedStatement | null) => string | null {
  const texts = new Map<string | undefined, string | null>([
    [held.state.revocation?.hash, held.revocationTexts.revocation],
    [held.state.voidRevocation?.hash, held.revocationTexts.voidRevocation],
    [state.revocation?.hash, textOrNull(record.revocation)],
    [state.voidRevocation?.hash, textOrNull(record.voidRevocation)],
  ]);
  return (revocation) => (revocation === null ? null : (texts.get(revocation.hash) ?? null));
}
