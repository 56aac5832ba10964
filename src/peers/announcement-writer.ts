import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { interval } from '../database/interval.js';
import { isUniqueViolation } from '../database/failures.js';
import { Coalescer } from '../platform/coalescer.js';
import type { Endpoints } from '../protocol/endpoints.js';
import { RECORD_RELAY_AGE_MS, RUMOR_MIN_NEWER_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { isHearsay, USABLE } from './peer-rows.js';
import { CHAIN_TRAVELS, NEXT_ARRIVAL } from './record-rows.js';
import { reserveName } from './reserved-names.js';

/** A verified announcement on its way into the directory. */
export interface VerifiedAnnouncement {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly endpoints: Endpoints;
  readonly announcedAt: number;
  /** The whole message as JSON text, signature included; and its hash (wire protocol 2.2). */
  readonly text: string;
  readonly hash: string;
  readonly materialHash: string;
  readonly speaksExt: boolean;
  readonly seenAt: number;
}

/** What became of a peer whose announcement was written. */
export interface Written {
  /** Whether it ever answered us from the endpoints on file. */
  readonly isProven: boolean;
  /** Hash of its record; null where that stayed as it was. */
  readonly recordHash: string | null;
}

const MAX_BATCH = 64;

/**
 * A record takes an announcement that says something new, or is over 12 hours newer (wire protocol 2.5): a server that
 * announces itself every ten minutes must not make all others compare and fetch it as often. The rule of `isNews`. A server
 * of the extension tells its record itself, and that one stays the same for a day: another is taken only before others cease
 * to pass it on, or its own directory would differ from everybody's.
 */
const IS_NEWS = `(p.material_hash IS DISTINCT FROM u.material_hash OR p.recorded_at IS NULL OR u.announced_at - p.recorded_at >
  CASE WHEN u.speaks_ext THEN ${interval(RECORD_RELAY_AGE_MS / 2)} ELSE ${interval(RUMOR_MIN_NEWER_MS)} END)`;
const RECORDED = [
  ['announcement', 'u.announcement'],
  ['announcement_hash', 'u.hash'],
  ['material_hash', 'u.material_hash'],
  ['recorded_at', 'u.announced_at'],
  ['speaks_ext', 'u.speaks_ext'],
  ['relayed_until', `CASE WHEN ${CHAIN_TRAVELS} THEN u.announced_at + ${interval(RECORD_RELAY_AGE_MS)} END`],
  ['arrival', NEXT_ARRIVAL],
]
  .map(([column, value]) => `${column} = CASE WHEN ${IS_NEWS} THEN ${value} ELSE p.${column} END`)
  .join(', ');
/** Where nothing of the record is news, all this leaves the row where it is, in no index anew. */
const ANNOUNCED = `announced_at = u.announced_at, last_seen_at = u.seen_at, ${RECORDED}`;
/** Of a tombstone `t`: this key brings nobody back, as it ended, or was left behind, or says nothing later than was known. */
const STAYS_BURIED = `(t.fingerprint = u.fingerprint AND (t.revocation IS NOT NULL OR t.announced_at >= u.announced_at)
  OR t.first_fingerprint = u.fingerprint AND (t.revocation IS NOT NULL OR t.fingerprint <> u.fingerprint))`;
const WRITTEN = `p.proven_at IS NOT NULL AS is_proven, CASE p.recorded_at WHEN u.announced_at THEN p.record_hash END AS record_hash`;

interface WrittenRow {
  is_proven: boolean;
  record_hash: string | null;
}

/**
 * Writes announcements. Each statement repeats the conditions of the decision (same key, older announcement,
 * not blocked), so a decision that was overtaken by another request changes nothing and answers false.
 */
@Injectable()
export class AnnouncementWriter {
  private readonly refreshes: Coalescer<VerifiedAnnouncement, Written | null>;

  constructor(private readonly database: Database) {
    this.refreshes = new Coalescer((batch) => this.refreshAll(batch), { maxBatch: MAX_BATCH });
  }

  /** Of a peer with name, key and endpoints as on file; null where they are not, or it must not be written. */
  refresh(announcement: VerifiedAnnouncement): Promise<Written | null> {
    return this.refreshes.submit(announcement);
  }

  /**
   * Of a peer with name and key as on file, at other endpoints, or known from others alone: unproven until it answered us
   * from there.
   */
  async move(a: VerifiedAnnouncement): Promise<Written | null> {
    const [row] = await this.database.query<WrittenRow>(
      `UPDATE peers p SET ${ANNOUNCED}, discovery_url = u.discovery_url, federation_url = u.federation_url,
                          proven_at = NULL, introduced_by = NULL
       FROM ${SOURCE}
       WHERE p.server_uuid = u.server_uuid AND p.server_id = u.server_id AND p.fingerprint = u.fingerprint
         AND p.announced_at < u.announced_at AND ${USABLE} RETURNING ${WRITTEN}`,
      columnsOfAll([a]),
    );
    return row === undefined ? null : toWritten(row);
  }

  /** Of a peer known from others alone that now says itself what is on file of it, or said so before. */
  async meet({
    serverUuid,
    serverId,
    fingerprint,
    endpoints,
    announcedAt,
  }: VerifiedAnnouncement): Promise<Written | null> {
    const [row] = await this.database.query<WrittenRow>(
      `UPDATE peers p SET introduced_by = NULL
       WHERE p.server_uuid = $1 AND p.server_id = $2 AND p.fingerprint = $3 AND p.discovery_url = $4 AND p.federation_url = $5
         AND p.announced_at >= $6 AND p.introduced_by IS NOT NULL AND ${USABLE} RETURNING false AS is_proven, NULL AS record_hash`,
      [
        serverUuid,
        serverId,
        fingerprint,
        endpoints.discovery,
        endpoints.federation,
        formatTimestamp(announcedAt),
      ],
    );
    return row === undefined ? null : toWritten(row);
  }

  async insert(a: VerifiedAnnouncement): Promise<Written | null> {
    const [row] = await this.database.query<WrittenRow>(
      `INSERT INTO peers AS p (server_uuid, server_id, first_fingerprint, fingerprint, announcement, announced_at,
                               discovery_url, federation_url, first_seen_at, last_seen_at, announcement_hash, material_hash,
                               recorded_at, speaks_ext, relayed_until, public_key)
       SELECT u.server_uuid, u.server_id, u.fingerprint, u.fingerprint, u.announcement, u.announced_at, u.discovery_url,
              u.federation_url, u.seen_at, u.seen_at, u.hash, u.material_hash, u.announced_at, u.speaks_ext,
              u.announced_at + ${interval(RECORD_RELAY_AGE_MS)}, $12
       FROM ${SOURCE}
       WHERE NOT EXISTS (SELECT 1 FROM revocations r WHERE r.server_uuid = u.server_uuid)
         AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.server_uuid = u.server_uuid AND ${STAYS_BURIED})
       ON CONFLICT DO NOTHING RETURNING false AS is_proven, p.record_hash`,
      [...columnsOfAll([a]), a.publicKey],
    );
    return row === undefined ? null : toWritten(row);
  }

  /** The new name starts unproven; the left one stays reserved for its owner (wire protocol 1.3). */
  async rename(a: VerifiedAnnouncement): Promise<Written | null> {
    try {
      return await this.renameUnlessHeld(a);
    } catch (error) {
      // Another server took the name between our look at it and our update.
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  private renameUnlessHeld(a: VerifiedAnnouncement): Promise<Written | null> {
    return this.database.transaction(async (tx) => {
      const [left] = await tx.query<{ server_id: string; hearsay: boolean }>(
        `SELECT server_id, ${isHearsay('p')} AS hearsay FROM peers p
         WHERE server_uuid = $1 AND fingerprint = $2 AND announced_at < $3 AND ${USABLE} FOR UPDATE`,
        [a.serverUuid, a.fingerprint, formatTimestamp(a.announcedAt)],
      );
      const [holder] = await tx.query(`SELECT 1 FROM peers WHERE server_id = $1`, [a.serverId]);
      if (left === undefined || holder !== undefined) return null;
      const [row] = await tx.query<WrittenRow>(
        `UPDATE peers p SET ${ANNOUNCED}, server_id = u.server_id, discovery_url = u.discovery_url,
                            federation_url = u.federation_url, proven_at = NULL, introduced_by = NULL
         FROM ${SOURCE} WHERE p.server_uuid = u.server_uuid AND p.fingerprint = u.fingerprint RETURNING ${WRITTEN}`,
        columnsOfAll([a]),
      );
      await reserveName(tx, {
        left: left.server_id,
        taken: a.serverId,
        wasHearsay: left.hearsay,
        serverUuid: a.serverUuid,
        nowMs: a.seenAt,
      });
      return toWritten(row!);
    });
  }

  private async refreshAll(batch: readonly VerifiedAnnouncement[]): Promise<(Written | null)[]> {
    // One row per claim, the latest: an UPDATE with two sources for one row would take either. Different claims on one
    // server_uuid stay apart, as only one of them can be what is on file.
    const latest = new Map<string, VerifiedAnnouncement>();
    for (const a of batch) {
      const claim = claimOf(a);
      if ((latest.get(claim)?.announcedAt ?? Number.NEGATIVE_INFINITY) < a.announcedAt) latest.set(claim, a);
    }
    const claims = [...latest.keys()];
    const rows = [...latest.values()];
    const updated = await this.database.queryOften<WrittenRow & { position: number }>(
      'refresh_peers',
      `UPDATE peers p SET ${ANNOUNCED}
       FROM ${SOURCE}
       WHERE p.server_uuid = u.server_uuid AND p.server_id = u.server_id AND p.fingerprint = u.fingerprint
         AND p.discovery_url = u.discovery_url AND p.federation_url = u.federation_url AND p.introduced_by IS NULL
         AND p.announced_at < u.announced_at AND ${USABLE}
         AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.server_uuid = u.server_uuid)
       RETURNING u.position, ${WRITTEN}`,
      columnsOfAll(rows),
    );
    const written = new Map(updated.map((row) => [claims[row.position - 1], toWritten(row)]));
    return batch.map((a) => written.get(claimOf(a)) ?? null);
  }
}

function toWritten({ is_proven, record_hash }: WrittenRow): Written {
  return { isProven: is_proven, recordHash: record_hash };
}

/** Announcements as rows `u` of a statement: an array for each column of `columnsOf`. */
const SOURCE = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::timestamptz[],
       $9::text[], $10::text[], $11::boolean[]) WITH ORDINALITY
  AS u(server_uuid, server_id, fingerprint, announcement, announced_at, discovery_url, federation_url, seen_at, hash,
       material_hash, speaks_ext, position)`;

function columnsOf(a: VerifiedAnnouncement): unknown[] {
  return [
    a.serverUuid,
    a.serverId,
    a.fingerprint,
    a.text,
    formatTimestamp(a.announcedAt),
    a.endpoints.discovery,
    a.endpoints.federation,
    formatTimestamp(a.seenAt),
    a.hash,
    a.materialHash,
    a.speaksExt,
  ];
}

function columnsOfAll(rows: readonly VerifiedAnnouncement[]): unknown[][] {
  const table = rows.map(columnsOf);
  return table[0]!.map((_, column) => table.map((row) => row[column]));
}

/** All that must be as it is on file. */
function claimOf({ serverUuid, fingerprint, serverId, endpoints }: VerifiedAnnouncement): string {
  return [serverUuid, fingerprint, serverId, endpoints.discovery, endpoints.federation].join('\n');
}
