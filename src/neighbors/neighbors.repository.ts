import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PEER_COLUMNS, toPeer, type PeerRow } from '../peers/peer-rows.js';
import type { NeighborPlan } from './neighbor-policy.js';

export interface NeighborTally {
  readonly role: 'anchor' | 'random' | 'feeler';
  readonly chosenBy: 'us' | 'them';
  readonly count: number;
}

const USABLE = `p.trust NOT IN ('blocked', 'revoked')`;

@Injectable()
export class NeighborsRepository {
  constructor(private readonly database: Database) {}

  async members(): Promise<Peer[]> {
    const rows = await this.database.query<PeerRow>(
      `SELECT ${PEER_COLUMNS} FROM neighbors n JOIN peers p USING (server_uuid) WHERE ${USABLE} ORDER BY n.added_at, p.server_uuid`,
    );
    return rows.map(toPeer);
  }

  /** How many there are of each kind. */
  tally(): Promise<NeighborTally[]> {
    return this.database.query<NeighborTally>(
      'SELECT role, chosen_by AS "chosenBy", count(*) AS count FROM neighbors GROUP BY 1, 2',
    );
  }

  /** Peers that could become neighbours, in random order; either those that answered us, or those that have yet to. */
  async candidates(options: { proven: boolean; seenAfterMs: number; count: number }): Promise<Peer[]> {
    const rows = await this.database.query<PeerRow>(
      `SELECT ${PEER_COLUMNS} FROM peers p
       WHERE ${USABLE} AND p.last_seen_at >= $1 AND (p.proven_at IS NOT NULL) = $2
         AND NOT EXISTS (SELECT 1 FROM neighbors n WHERE n.server_uuid = p.server_uuid)
       ORDER BY random() LIMIT $3`,
      [formatTimestamp(options.seenAfterMs), options.proven, options.count],
    );
    return rows.map(toPeer);
  }

  /** Answers who they are, as far as they are on file. */
  apply({ add, drop }: NeighborPlan, nowMs: number): Promise<Pick<Peer, 'serverUuid' | 'serverId'>[]> {
    return this.database.transaction(async (tx) => {
      await tx.query('DELETE FROM neighbors WHERE server_uuid = ANY($1::text[])', [drop]);
      // The peer may be gone or blocked since it was chosen.
      await tx.query(
        `INSERT INTO neighbors (server_uuid, added_at)
         SELECT p.server_uuid, $2 FROM peers p WHERE p.server_uuid = ANY($1::text[]) AND ${USABLE} ON CONFLICT DO NOTHING`,
        [add, formatTimestamp(nowMs)],
      );
      return tx.query(
        'SELECT server_uuid AS "serverUuid", server_id AS "serverId" FROM peers WHERE server_uuid = ANY($1::text[])',
        [[...add, ...drop]],
      );
    });
  }

  /** Neighbours that were blocked or revoked since they were chosen. */
  async dropUnusable(): Promise<void> {
    await this.database.query(
      `DELETE FROM neighbors n USING peers p WHERE p.server_uuid = n.server_uuid AND NOT (${USABLE})`,
    );
  }
}
