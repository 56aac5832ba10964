import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PEER_COLUMNS, toPeer, USABLE, type PeerRow } from '../peers/peer-rows.js';
import type { Neighbor } from './neighbor-choice.js';

export interface NeighborTally extends Pick<Neighbor<string>, 'role' | 'chosenBy'> {
  readonly count: number;
}

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

  /** Neighbours that were blocked or revoked since they were chosen. */
  async dropUnusable(): Promise<void> {
    await this.database.query(
      `DELETE FROM neighbors n USING peers p WHERE p.server_uuid = n.server_uuid AND NOT (${USABLE})`,
    );
  }
}
