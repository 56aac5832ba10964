import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { NEIGHBOR_DROP_AGE_MS, PEER_DELETE_AGE_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';

export interface CleanupCounts {
  readonly neighbors: number;
  readonly peers: number;
  readonly routes: number;
  readonly reservedNames: number;
  /** Entries of the blocklist that had ended. */
  readonly blocks: number;
}

/** Deletes what is past its time (wire protocol 1.6), blocks with an end included. Revocations stay for ever, and so do rows that the operator blocked. */
@Injectable()
export class CleanupRepository {
  constructor(private readonly database: Database) {}

  async run(nowMs: number): Promise<CleanupCounts> {
    const now = formatTimestamp(nowMs);
    const neighbors = await this.count(
      `DELETE FROM neighbors n USING peers p WHERE p.server_uuid = n.server_uuid AND p.last_seen_at < $1`,
      formatTimestamp(nowMs - NEIGHBOR_DROP_AGE_MS),
    );
    const peers = await this.count(
      `DELETE FROM peers WHERE last_seen_at < $1 AND trust <> 'blocked'`,
      formatTimestamp(nowMs - PEER_DELETE_AGE_MS),
    );
    const routes = await this.count('DELETE FROM routes WHERE expires_at <= $1', now);
    const reservedNames = await this.count('DELETE FROM reserved_names WHERE reserved_until <= $1', now);
    const blocks = await this.count('DELETE FROM blocklist WHERE expires_at <= $1', now);
    await this.database.query(
      `UPDATE peers SET trust = 'unknown', blocked_until = NULL WHERE trust = 'blocked' AND blocked_until <= $1`,
      [now],
    );
    return { neighbors, peers, routes, reservedNames, blocks };
  }

  private async count(deletion: string, before: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `WITH gone AS (${deletion} RETURNING 1) SELECT count(*) AS count FROM gone`,
      [before],
    );
    return row!.count;
  }
}
