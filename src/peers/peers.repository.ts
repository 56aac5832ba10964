import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Coalescer } from '../platform/coalescer.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { SEEN_WITHIN, type CensusRow } from './census.js';
import type { ListedPeer, Peer, Standing, Trust } from './peer.js';
import { isHearsay, PEER_COLUMNS, toPeer, USABLE, type PeerRow } from './peer-rows.js';
import { tombstoneInsert } from './record-rows.js';

/** How many calls in flight share one statement; beyond it a statement's own cost outweighs the saved round trip. */
const MAX_BATCH = 64;

export interface StandingQuery {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly nowMs: number;
}

/** A server at the place where it says it is, and the address at which it answered there. */
export type PlacedPeer = Pick<Peer, 'serverUuid' | 'serverId' | 'fingerprint' | 'endpoints'> & {
  readonly address: string | null;
};

/** Of a neighbour; null for others. */
interface LinkColumns {
  readonly is_neighbor: boolean;
  readonly role: ListedPeer['role'];
  readonly chosen_by: ListedPeer['chosenBy'];
}

/** Reads of the directory, and what is written about a peer without an announcement of it. Calls in flight together share one statement. */
@Injectable()
export class PeersRepository {
  private readonly standings: Coalescer<StandingQuery, Standing>;
  private readonly names: Coalescer<string, Peer | null>;

  constructor(private readonly database: Database) {
    this.standings = new Coalescer((queries) => this.readStandings(queries), { maxBatch: MAX_BATCH });
    this.names = new Coalescer((names) => this.readNames(names), { maxBatch: MAX_BATCH });
  }

  standing(query: StandingQuery): Promise<Standing> {
    return this.standings.submit(query);
  }

  findByName(serverId: string): Promise<Peer | null> {
    return this.names.submit(serverId);
  }

  async findByUuids(serverUuids: readonly string[]): Promise<Peer[]> {
    const rows = await this.database.query<PeerRow>(
      `SELECT ${PEER_COLUMNS} FROM peers p WHERE p.server_uuid = ANY($1::text[])`,
      [serverUuids],
    );
    return rows.map(toPeer);
  }

  /** Which of these names nobody here holds. */
  async unknownNames(serverIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS q(name, position)
       WHERE NOT EXISTS (SELECT 1 FROM peers WHERE server_id = name)
         AND NOT EXISTS (SELECT 1 FROM reserved_names WHERE server_id = name)
       ORDER BY position`,
      [serverIds],
    );
    return rows.map(({ name }) => name);
  }

  /** Neighbours first, then latest seen (wire protocol 1.4). */
  async list(seenAfterMs: number | null, withBlocked: boolean): Promise<ListedPeer[]> {
    const rows = await this.database.query<PeerRow & LinkColumns>(
      `SELECT ${PEER_COLUMNS}, n.server_uuid IS NOT NULL AS is_neighbor, n.role, n.chosen_by
       FROM peers p LEFT JOIN neighbors n USING (server_uuid)
       WHERE ($1::timestamptz IS NULL OR p.last_seen_at >= $1) AND ($2 OR ${USABLE})
       ORDER BY is_neighbor DESC, p.last_seen_at DESC, p.server_id`,
      [seenAfterMs === null ? null : formatTimestamp(seenAfterMs), withBlocked],
    );
    return rows.map((row) => ({
      ...toPeer(row),
      isNeighbor: row.is_neighbor,
      role: row.role,
      chosenBy: row.chosen_by,
    }));
  }

  async randomNames(count: number, seenAfterMs: number): Promise<string[]> {
    const rows = await this.database.query<{ server_id: string }>(
      `SELECT server_id FROM peers p
       WHERE last_seen_at >= $2 AND proven_at IS NOT NULL AND ${USABLE}
       ORDER BY random() LIMIT $1`,
      [count, formatTimestamp(seenAfterMs)],
    );
    return rows.map((row) => row.server_id);
  }

  /** How many there are of each kind, in one reading of the directory. */
  async census(nowMs: number): Promise<CensusRow[]> {
    const since = SEEN_WITHIN.map(([, ageMs]) => formatTimestamp(nowMs - ageMs));
    return this.database.query<CensusRow>(
      `SELECT trust, proven_at IS NOT NULL AS proven,
              CASE WHEN last_seen_at >= $1 THEN 'hour' WHEN last_seen_at >= $2 THEN 'day'
                   WHEN last_seen_at >= $3 THEN 'week' ELSE 'older' END AS seen,
              count(*) AS count
       FROM peers GROUP BY 1, 2, 3`,
      since,
    );
  }

  /** Who is blocked is no neighbour and no route from that moment, under no name that it ever had. */
  async setTrust(serverId: string, trust: Trust): Promise<string | null> {
    const [row] = await this.database.query<{ server_uuid: string }>(
      `WITH changed AS (
         UPDATE peers SET trust = $2, blocked_until = NULL WHERE server_id = $1 AND trust <> 'revoked' RETURNING server_uuid, trust
       ), blocked AS (SELECT server_uuid FROM changed WHERE trust = 'blocked'),
       neighbor AS (DELETE FROM neighbors n USING blocked b WHERE n.server_uuid = b.server_uuid),
       route AS (DELETE FROM routes r USING blocked b WHERE r.server_uuid = b.server_uuid)
       SELECT server_uuid FROM changed`,
      [serverId, trust],
    );
    return row?.server_uuid ?? null;
  }

  /** False where the peer is no longer on file as it answered, or nobody has admitted it yet (wire protocol 2.4). */
  async markProven(peer: PlacedPeer, nowMs: number): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE peers p SET proven_at = $6, last_seen_at = $6, proven_address = $7
       WHERE server_uuid = $1 AND server_id = $2 AND fingerprint = $3 AND discovery_url = $4 AND federation_url = $5
         AND introduced_by IS NULL AND ${USABLE} RETURNING server_uuid`,
      [
        peer.serverUuid,
        peer.serverId,
        peer.fingerprint,
        peer.endpoints.discovery,
        peer.endpoints.federation,
        formatTimestamp(nowMs),
        peer.address,
      ],
    );
    return rows.length > 0;
  }

  /**
   * Makes room in a full directory: revoked ones go (their revocation is kept elsewhere), else those that others told us of,
   * else those that never answered us, each kind by when it was seen last (wire protocol 1.6, 2.4). Answers who went.
   */
  async evict(count: number, onlyIntroduced: boolean): Promise<string[]> {
    const rows = await this.database.query<{ server_uuid: string }>(
      `WITH gone AS (
         DELETE FROM peers WHERE server_uuid IN (
           SELECT server_uuid FROM peers
           WHERE trust = 'revoked' OR (proven_at IS NULL AND trust IN ('unknown', 'untrusted') AND ($2 IS FALSE OR introduced_by IS NOT NULL))
           ORDER BY trust <> 'revoked', introduced_by IS NULL, last_seen_at LIMIT $1)
         RETURNING *
       ), buried AS (${tombstoneInsert('revocation IS NOT NULL')})
       SELECT server_uuid FROM gone`,
      [count, onlyIntroduced],
    );
    return rows.map((row) => row.server_uuid);
  }

  /** Takes a server off the file that others alone told us of, and leaves what ended ended. False where it is none. */
  async dropHearsay(serverUuid: string): Promise<boolean> {
    const rows = await this.database.query(
      `WITH gone AS (DELETE FROM peers p WHERE p.server_uuid = $1 AND ${isHearsay('p')} RETURNING *),
            buried AS (${tombstoneInsert('revocation IS NOT NULL')})
       SELECT server_uuid FROM gone`,
      [serverUuid],
    );
    return rows.length > 0;
  }

  private async readStandings(queries: readonly StandingQuery[]): Promise<Standing[]> {
    const rows = await this.database.query<
      PeerRow & { known: boolean; revoked: boolean; name_owner: string | null; name_hearsay: boolean }
    >(
      `SELECT ${PEER_COLUMNS}, p.server_uuid IS NOT NULL AS known, r.server_uuid IS NOT NULL AS revoked,
              coalesce(holder.server_uuid, reserved.server_uuid) AS name_owner,
              holder.server_uuid IS NOT NULL AND ${isHearsay('holder')} AS name_hearsay
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(server_uuid, server_id, position)
       LEFT JOIN peers p ON p.server_uuid = q.server_uuid
       LEFT JOIN revocations r ON r.server_uuid = q.server_uuid
       LEFT JOIN peers holder ON holder.server_id = q.server_id
       LEFT JOIN reserved_names reserved ON reserved.server_id = q.server_id AND reserved.reserved_until > $3
       ORDER BY q.position`,
      [queries.map((q) => q.serverUuid), queries.map((q) => q.serverId), formatTimestamp(queries[0]!.nowMs)],
    );
    return rows.map((row) => ({
      known: row.known ? toPeer(row) : null,
      nameOwner: row.name_owner,
      isNameHearsay: row.name_hearsay,
      revoked: row.revoked,
    }));
  }

  private async readNames(names: readonly string[]): Promise<(Peer | null)[]> {
    const rows = await this.database.queryOften<PeerRow>(
      'peers_by_name',
      `SELECT ${PEER_COLUMNS} FROM peers p WHERE p.server_id = ANY($1::text[])`,
      [[...new Set(names)]],
    );
    const byName = new Map(rows.map((row) => [row.server_id, toPeer(row)]));
    return names.map((name) => byName.get(name) ?? null);
  }
}
