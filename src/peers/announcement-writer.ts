import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { isUniqueViolation } from '../database/failures.js';
import { Coalescer } from '../platform/coalescer.js';
import type { Endpoints } from '../protocol/endpoints.js';
import { NAME_RESERVED_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';

/** A verified announcement on its way into the directory. */
export interface VerifiedAnnouncement {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly endpoints: Endpoints;
  readonly announcedAt: number;
  /** The whole message as JSON text, signature included. */
  readonly text: string;
  readonly seenAt: number;
}

/** What a refreshed peer is. */
export interface Refreshed {
  /** Whether it ever answered us from the endpoints on file. */
  readonly isProven: boolean;
}

const MAX_BATCH = 64;

/** Names that stay reserved for one identity; renaming again and again must not fence off the name space. */
const MAX_RESERVED_NAMES_PER_IDENTITY = 10;

/**
 * Writes announcements. Each statement repeats the conditions of the decision (same key, older announcement,
 * not blocked), so a decision that was overtaken by another request changes nothing and answers false.
 */
@Injectable()
export class AnnouncementWriter {
  private readonly refreshes: Coalescer<VerifiedAnnouncement, Refreshed | null>;

  constructor(private readonly database: Database) {
    this.refreshes = new Coalescer((batch) => this.refreshAll(batch), { maxBatch: MAX_BATCH });
  }

  /** Of a peer with name, key and endpoints as on file; null where they are not, or it must not be written. */
  refresh(announcement: VerifiedAnnouncement): Promise<Refreshed | null> {
    return this.refreshes.submit(announcement);
  }

  /** Of a peer with name and key as on file, at other endpoints: unproven until it answered us from there. */
  async move(a: VerifiedAnnouncement): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE peers SET announcement = $4, announced_at = $5, discovery_url = $6, federation_url = $7,
                        last_seen_at = $8, proven_at = NULL
       WHERE server_uuid = $1 AND server_id = $2 AND fingerprint = $3
         AND announced_at < $5 AND trust NOT IN ('blocked', 'revoked') RETURNING server_uuid`,
      columnsOf(a),
    );
    return rows.length === 1;
  }

  async insert(a: VerifiedAnnouncement): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO peers (server_uuid, server_id, first_fingerprint, fingerprint, announcement, announced_at,
                          discovery_url, federation_url, first_seen_at, last_seen_at, public_key)
       SELECT $1, $2, $3, $3, $4, $5, $6, $7, $8, $8, $9
       WHERE NOT EXISTS (SELECT 1 FROM revocations WHERE server_uuid = $1)
       ON CONFLICT DO NOTHING RETURNING server_uuid`,
      [...columnsOf(a), a.publicKey],
    );
    return rows.length === 1;
  }

  /** The new name starts unproven; the left one stays reserved for its owner (wire protocol 1.3). */
  async rename(a: VerifiedAnnouncement): Promise<boolean> {
    try {
      return await this.renameUnlessHeld(a);
    } catch (error) {
      // Another server took the name between our look at it and our update.
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  private renameUnlessHeld(a: VerifiedAnnouncement): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const [left] = await tx.query<{ server_id: string }>(
        `SELECT server_id FROM peers WHERE server_uuid = $1 AND fingerprint = $2 AND announced_at < $3
           AND trust NOT IN ('blocked', 'revoked') FOR UPDATE`,
        [a.serverUuid, a.fingerprint, formatTimestamp(a.announcedAt)],
      );
      const [holder] = await tx.query(`SELECT 1 FROM peers WHERE server_id = $1`, [a.serverId]);
      if (left === undefined || holder !== undefined) return false;
      await tx.query(
        `UPDATE peers SET server_id = $2, announcement = $4, announced_at = $5, discovery_url = $6, federation_url = $7,
                          last_seen_at = $8, proven_at = NULL
         WHERE server_uuid = $1 AND fingerprint = $3`,
        columnsOf(a),
      );
      await reserveName(tx, {
        left: left.server_id,
        taken: a.serverId,
        serverUuid: a.serverUuid,
        nowMs: a.seenAt,
      });
      return true;
    });
  }

  private async refreshAll(batch: readonly VerifiedAnnouncement[]): Promise<(Refreshed | null)[]> {
    // One row per claim, the latest: an UPDATE with two sources for one row would take either. Different claims on one
    // server_uuid stay apart, as only one of them can be what is on file.
    const latest = new Map<string, VerifiedAnnouncement>();
    for (const a of batch) {
      const claim = claimOf(a);
      if ((latest.get(claim)?.announcedAt ?? Number.NEGATIVE_INFINITY) < a.announcedAt) latest.set(claim, a);
    }
    const claims = [...latest.keys()];
    const rows = [...latest.values()];
    const updated = await this.database.queryOften<{ position: number; is_proven: boolean }>(
      'refresh_peers',
      `UPDATE peers p SET announcement = u.announcement, announced_at = u.announced_at, last_seen_at = u.seen_at
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::timestamptz[])
         WITH ORDINALITY AS u(server_uuid, server_id, fingerprint, announcement, announced_at, discovery_url, federation_url,
                              seen_at, position)
       WHERE p.server_uuid = u.server_uuid AND p.server_id = u.server_id AND p.fingerprint = u.fingerprint
         AND p.discovery_url = u.discovery_url AND p.federation_url = u.federation_url
         AND p.announced_at < u.announced_at AND p.trust NOT IN ('blocked', 'revoked')
         AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.server_uuid = u.server_uuid)
       RETURNING u.position, p.proven_at IS NOT NULL AS is_proven`,
      columnsOfAll(rows),
    );
    const written = new Map(updated.map((row) => [claims[row.position - 1], { isProven: row.is_proven }]));
    return batch.map((a) => written.get(claimOf(a)) ?? null);
  }
}

/** server_uuid, server_id, fingerprint, announcement, announced_at, discovery_url, federation_url, last_seen_at. */
function columnsOf(a: VerifiedAnnouncement): string[] {
  return [
    a.serverUuid,
    a.serverId,
    a.fingerprint,
    a.text,
    formatTimestamp(a.announcedAt),
    a.endpoints.discovery,
    a.endpoints.federation,
    formatTimestamp(a.seenAt),
  ];
}

/** The same, an array for each column. */
function columnsOfAll(rows: readonly VerifiedAnnouncement[]): string[][] {
  const table = rows.map(columnsOf);
  return table[0]!.map((_, column) => table.map((row) => row[column]!));
}

/** All that must be as it is on file. */
function claimOf({ serverUuid, fingerprint, serverId, endpoints }: VerifiedAnnouncement): string {
  return [serverUuid, fingerprint, serverId, endpoints.discovery, endpoints.federation].join('\n');
}

async function reserveName(
  tx: Queryable,
  name: { left: string; taken: string; serverUuid: string; nowMs: number },
): Promise<void> {
  await tx.query('DELETE FROM reserved_names WHERE server_id = $1 AND server_uuid = $2', [
    name.taken,
    name.serverUuid,
  ]);
  await tx.query(
    `INSERT INTO reserved_names (server_id, server_uuid, reserved_until) VALUES ($1, $2, $3)
     ON CONFLICT (server_id) DO UPDATE SET server_uuid = excluded.server_uuid, reserved_until = excluded.reserved_until`,
    [name.left, name.serverUuid, formatTimestamp(name.nowMs + NAME_RESERVED_MS)],
  );
  await tx.query(
    `DELETE FROM reserved_names WHERE server_uuid = $1 AND server_id NOT IN
       (SELECT server_id FROM reserved_names WHERE server_uuid = $1 ORDER BY reserved_until DESC LIMIT $2)`,
    [name.serverUuid, MAX_RESERVED_NAMES_PER_IDENTITY],
  );
}
