import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { parseJson } from '../protocol/json.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { materialHash } from '../protocol/records/record-hash.js';
import type { AnnouncedStatement, Link, RecordState, SignedStatement } from '../protocol/records/record.js';
import { formatTimestamp, parseTimestamp } from '../protocol/timestamps.js';
import type { Trust } from './peer.js';
import type { ReadRecord } from './read-record.js';
import { CHAIN_LINE_LENGTH } from './record-rows.js';
import type { HeldRecord, Tombstone } from './relayed-policy.js';

/** A record on file, with what it takes to write another in its place. */
export interface RecordOnFile extends HeldRecord {
  readonly hash: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly revocationTexts: { readonly revocation: string | null; readonly voidRevocation: string | null };
}

/** What a brought record meets here, read together. */
export interface RecordStanding {
  readonly held: RecordOnFile | null;
  readonly nameOwner: string | null;
  readonly uuidRevoked: boolean;
  readonly approvedKey: string | null;
  readonly tombstone: Tombstone | null;
}

interface StandingRow {
  on_file: boolean;
  server_uuid: string;
  server_id: string;
  first_fingerprint: string;
  fingerprint: string;
  public_key: string;
  discovery_url: string;
  federation_url: string;
  trust: Trust;
  announced_at: number;
  recorded_at: number | null;
  announcement_hash: string | null;
  material_hash: string | null;
  announcement: string | null;
  chain_hashes: string;
  revocation: string | null;
  revocation_hash: string | null;
  void_revocation: string | null;
  void_revocation_hash: string | null;
  record_hash: string;
  name_owner: string | null;
  uuid_revoked: boolean;
  approved_key: string | null;
  buried_fingerprint: string | null;
  buried_at: number;
  buried_ended: boolean;
}

type Keys = ReadonlyMap<string, readonly { readonly fingerprint: string; readonly at: number }[]>;

/** Reads what decides on a record that somebody brought, many in one statement. */
@Injectable()
export class RecordStandingRepository {
  constructor(private readonly database: Database) {}

  /** One for each, in their order. */
  async read(records: readonly ReadRecord[], nowMs: number): Promise<RecordStanding[]> {
    const rows = await this.database.query<StandingRow>(
      `SELECT p.server_uuid IS NOT NULL AS on_file, p.server_uuid, p.server_id, p.first_fingerprint, p.fingerprint, p.public_key,
              p.discovery_url, p.federation_url, p.trust, p.announced_at, p.recorded_at, p.announcement_hash, p.material_hash,
              CASE WHEN p.material_hash IS NULL AND p.announcement_hash IS NOT NULL THEN p.announcement END AS announcement,
              p.chain_hashes, p.revocation, p.revocation_hash, p.void_revocation, p.void_revocation_hash, p.record_hash,
              coalesce(holder.server_uuid, reserved.server_uuid) AS name_owner,
              EXISTS (SELECT 1 FROM revocations r WHERE r.server_uuid = q.server_uuid) AS uuid_revoked,
              (SELECT a.fingerprint FROM admissions a WHERE a.server_uuid = q.server_uuid AND a.verdict = 'approved'
               ORDER BY a.decided_at DESC LIMIT 1) AS approved_key,
              t.fingerprint AS buried_fingerprint, t.announced_at AS buried_at, t.revocation IS NOT NULL AS buried_ended
       FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS q(server_uuid, first_fingerprint, server_id, position)
       LEFT JOIN peers p ON p.server_uuid = q.server_uuid
       LEFT JOIN peers holder ON holder.server_id = q.server_id
       LEFT JOIN reserved_names reserved ON reserved.server_id = q.server_id AND reserved.reserved_until > $4
       LEFT JOIN tombstones t ON t.server_uuid = q.server_uuid AND t.first_fingerprint = q.first_fingerprint
       ORDER BY q.position`,
      [
        records.map(({ state }) => state.serverUuid),
        records.map(({ state }) => state.firstFingerprint),
        records.map(({ record }) => record.announcement?.serverId ?? ''),
        formatTimestamp(nowMs),
      ],
    );
    const keys = await this.keys(
      rows.flatMap((row) => (row.on_file && row.chain_hashes !== '' ? [row.server_uuid] : [])),
    );
    return rows.map((row) => ({
      held: row.on_file ? toRecordOnFile(row, keys) : null,
      nameOwner: row.name_owner,
      uuidRevoked: row.uuid_revoked,
      approvedKey: row.approved_key,
      tombstone:
        row.buried_fingerprint === null
          ? null
          : { fingerprint: row.buried_fingerprint, announcedAt: row.buried_at, revoked: row.buried_ended },
    }));
  }

  private async keys(serverUuids: readonly string[]): Promise<Keys> {
    const keys = new Map<string, { fingerprint: string; at: number }[]>(
      serverUuids.map((uuid) => [uuid, []]),
    );
    if (serverUuids.length === 0) return keys;
    const rows = await this.database.query<{ server_uuid: string; fingerprint: string; at: number }>(
      `SELECT server_uuid, new_fingerprint AS fingerprint, rotated_at AS at FROM peer_rotations
       WHERE server_uuid = ANY($1::text[]) ORDER BY server_uuid, seq`,
      [serverUuids],
    );
    for (const { server_uuid, fingerprint, at } of rows) keys.get(server_uuid)!.push({ fingerprint, at });
    return keys;
  }
}

function toRecordOnFile(row: StandingRow, keys: Keys): RecordOnFile {
  const state: RecordState = {
    serverUuid: row.server_uuid,
    firstFingerprint: row.first_fingerprint,
    chain: chainOf(row, keys),
    announcement: announcementOf(row),
    revocation: revocationOf(row.revocation, row.revocation_hash, row.fingerprint),
    voidRevocation: revocationOf(row.void_revocation, row.void_revocation_hash, ''),
  };
  return {
    state,
    serverId: row.server_id,
    endpoints: { discovery: row.discovery_url, federation: row.federation_url },
    trust: row.trust,
    announcedAt: row.announced_at,
    hash: row.record_hash,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    revocationTexts: { revocation: row.revocation, voidRevocation: row.void_revocation },
  };
}

function chainOf({ server_uuid, chain_hashes }: StandingRow, keys: Keys): Link[] {
  return (keys.get(server_uuid) ?? []).map(({ fingerprint, at }, place) => ({
    fingerprint,
    at,
    hash: chain_hashes.slice(place * CHAIN_LINE_LENGTH, (place + 1) * CHAIN_LINE_LENGTH - 1),
  }));
}

function announcementOf(row: StandingRow): AnnouncedStatement | null {
  if (row.announcement_hash === null || row.recorded_at === null) return null;
  const material =
    row.material_hash ?? materialHash(announcementMessage.decode(parseJson(row.announcement ?? '')));
  return {
    signedBy: row.fingerprint,
    at: row.recorded_at,
    hash: row.announcement_hash,
    materialHash: material,
  };
}

function revocationOf(text: string | null, hash: string | null, signedBy: string): SignedStatement | null {
  if (text === null || hash === null) return null;
  const { timestamp } = identityRevocationMessage.decode(parseJson(text));
  return { signedBy, at: parseTimestamp(timestamp)!, hash };
}
