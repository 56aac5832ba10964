import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { MAX_RECORD_BYTES, MAX_RECORDS_BYTES } from '../protocol/limits.js';
import type { DigestEntry } from '../protocol/records/digest.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { servedAt } from './record-rows.js';
import { recordText } from './record-text.js';

/** A record as it stands in the order of arrival. */
export interface ArrivedHash {
  readonly arrival: number;
  readonly serverUuid: string;
  readonly hash: string;
}

export interface LeafEntry {
  readonly leaf: number;
  readonly serverUuid: string;
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly relayedUntil: number;
}

/** A record as it travels. */
export interface ServedRecord {
  readonly serverUuid: string;
  readonly hash: string;
  /** JSON, every statement exactly as it was signed. */
  readonly text: string;
}

interface ServedRow {
  server_uuid: string;
  hash: string;
  announcement: string | null;
  revocation: string | null;
  void_revocation: string | null;
  /** All of them, as they stand in a record; null without any. */
  rotations: string | null;
}

/** What the statements of the record `p` take, with those of its `chain`. `octet_length` does not unpack what is stored compressed. */
const STATEMENT_BYTES = `chain.bytes + coalesce(CASE WHEN p.announcement_hash IS NOT NULL THEN octet_length(p.announcement) END, 0)
  + coalesce(octet_length(p.revocation), 0) + coalesce(octet_length(p.void_revocation), 0)`;

/** Reads of what others may be told (wire protocol 2.3); our own record is elsewhere. */
@Injectable()
export class RecordsRepository {
  constructor(private readonly database: Database) {}

  async after(arrival: number, limit: number, nowMs: number): Promise<ArrivedHash[]> {
    return this.database.query<ArrivedHash>(
      `SELECT p.arrival, p.server_uuid AS "serverUuid", p.record_hash AS hash FROM peers p
       WHERE p.arrival > $1 AND ${servedAt('$2')} ORDER BY p.arrival LIMIT $3`,
      [arrival, formatTimestamp(nowMs), limit],
    );
  }

  async lastArrival(): Promise<number> {
    const [row] = await this.database.query<{ arrival: number | null }>(
      'SELECT max(arrival) AS arrival FROM peers',
    );
    return row?.arrival ?? 0;
  }

  async ofLeaves(leaves: readonly number[], nowMs: number): Promise<LeafEntry[]> {
    return this.database.query<LeafEntry>(
      `SELECT p.leaf, p.server_uuid AS "serverUuid", p.record_hash AS hash, p.relayed_until AS "relayedUntil" FROM peers p
       WHERE p.leaf = ANY($1::smallint[]) AND ${servedAt('$2')}`,
      [leaves, formatTimestamp(nowMs)],
    );
  }

  /**
   * Those that may be served, in the order of the UUIDs, for as long as those before them leave room in an answer. The sizes
   * are looked at first: 200 records may hold 40,000 rotations, which nobody is to make us read for an answer of 512 KiB.
   */
  async served(serverUuids: readonly string[], nowMs: number): Promise<ServedRecord[]> {
    const rows = await this.database.query<ServedRow>(
      `SELECT server_uuid, hash, announcement, revocation, void_revocation,
              CASE chain_hashes WHEN '' THEN NULL
                ELSE (SELECT string_agg(body, ', ' ORDER BY seq) FROM peer_rotations r WHERE r.server_uuid = s.server_uuid) END AS rotations
       FROM (
         SELECT q.position, p.server_uuid, p.record_hash AS hash, p.chain_hashes, p.revocation, p.void_revocation,
                CASE WHEN p.announcement_hash IS NOT NULL THEN p.announcement END AS announcement,
                sum(${STATEMENT_BYTES}) OVER (ORDER BY q.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
         FROM unnest($1::text[]) WITH ORDINALITY AS q(server_uuid, position) JOIN peers p ON p.server_uuid = q.server_uuid
           CROSS JOIN LATERAL (SELECT coalesce(sum(octet_length(body)), 0) AS bytes FROM peer_rotations r
                               WHERE p.chain_hashes <> '' AND r.server_uuid = p.server_uuid) chain
         WHERE ${servedAt('$2')} AND ${STATEMENT_BYTES} <= ${MAX_RECORD_BYTES}
       ) s
       WHERE coalesce(bytes_before, 0) < ${MAX_RECORDS_BYTES} ORDER BY position`,
      [serverUuids, formatTimestamp(nowMs)],
    );
    return rows.map((row) => ({
      serverUuid: row.server_uuid,
      hash: row.hash,
      text: recordText({
        serverUuid: row.server_uuid,
        rotations: row.rotations === null ? [] : [row.rotations],
        announcement: row.announcement,
        revocation: row.revocation,
        voidRevocation: row.void_revocation,
      }),
    }));
  }

  /** Of a leaf at most `limit`: where it holds more, whichever chance takes, so that those who ask again come to know all. */
  async someOfLeaf(leaf: number, limit: number, nowMs: number): Promise<DigestEntry[]> {
    return this.database.query<DigestEntry>(
      `SELECT p.server_uuid AS "serverUuid", p.record_hash AS hash FROM peers p
       WHERE p.leaf = $1 AND ${servedAt('$2')} ORDER BY random() LIMIT $3`,
      [leaf, formatTimestamp(nowMs), limit],
    );
  }

  /** UUIDs of those that may be served, in their order. */
  async uuidsAfter(serverUuid: string, limit: number, nowMs: number): Promise<string[]> {
    const rows = await this.database.query<{ server_uuid: string }>(
      `SELECT p.server_uuid FROM peers p WHERE p.server_uuid > $1 AND ${servedAt('$2')} ORDER BY p.server_uuid LIMIT $3`,
      [serverUuid, formatTimestamp(nowMs), limit],
    );
    return rows.map((row) => row.server_uuid);
  }

  /** Hashes of the records on file, served or not; null where the operator blocked the server. */
  async hashes(serverUuids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const rows = await this.database.query<{ server_uuid: string; hash: string | null }>(
      `SELECT server_uuid, CASE WHEN trust <> 'blocked' THEN record_hash END AS hash FROM peers
       WHERE server_uuid = ANY($1::text[])`,
      [serverUuids],
    );
    return new Map(rows.map((row) => [row.server_uuid, row.hash]));
  }
}
