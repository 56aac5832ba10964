import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { OwnStatementKind } from '../identity/identity.js';
import { LONGEST_RETRY_DELAY_MS } from './retry-policy.js';

/** A statement of ours that one peer has yet to take. */
export interface DueDelivery {
  readonly seq: number;
  readonly serverUuid: string;
  readonly serverId: string;
  readonly discoveryUrl: string;
  readonly kind: OwnStatementKind;
  readonly body: string;
  readonly attempts: number;
}

interface DueRow {
  seq: number;
  server_uuid: string;
  server_id: string;
  discovery_url: string;
  kind: OwnStatementKind;
  body: string;
  attempts: number;
}

@Injectable()
export class StatementDeliveriesRepository {
  constructor(private readonly database: Database) {}

  /**
   * For each peer the earliest one only: a peer cannot take a rotation before the one that it builds upon. Those that
   * have yet to answer us wait until they have, or newcomers that name a victim's address would make us call it. A
   * time further ahead than any delay was set before the clock was set back.
   *
   * @param down UUIDs of those that come last
   */
  async due(nowMs: number, count: number, down: readonly string[]): Promise<DueDelivery[]> {
    const rows = await this.database.query<DueRow>(
      `SELECT d.seq, d.server_uuid, d.attempts, p.server_id, p.discovery_url, s.kind, s.body
       FROM own_statement_deliveries d JOIN own_statements s USING (seq) JOIN peers p USING (server_uuid)
       WHERE p.proven_at IS NOT NULL AND (d.next_attempt_at <= $1 OR d.next_attempt_at > $3)
         AND NOT EXISTS (SELECT 1 FROM own_statement_deliveries e WHERE e.server_uuid = d.server_uuid AND e.seq < d.seq)
       ORDER BY d.server_uuid = ANY($4::text[]), d.next_attempt_at LIMIT $2`,
      [formatTimestamp(nowMs), count, formatTimestamp(nowMs + LONGEST_RETRY_DELAY_MS), down],
    );
    return rows.map((row) => ({
      seq: row.seq,
      serverUuid: row.server_uuid,
      serverId: row.server_id,
      discoveryUrl: row.discovery_url,
      kind: row.kind,
      body: row.body,
      attempts: row.attempts,
    }));
  }

  async taken({ seq, serverUuid }: DueDelivery): Promise<void> {
    await this.database.query('DELETE FROM own_statement_deliveries WHERE seq = $1 AND server_uuid = $2', [
      seq,
      serverUuid,
    ]);
  }

  async postpone({ seq, serverUuid, attempts }: DueDelivery, nextAttemptMs: number): Promise<void> {
    await this.database.query(
      'UPDATE own_statement_deliveries SET attempts = $3, next_attempt_at = $4 WHERE seq = $1 AND server_uuid = $2',
      [seq, serverUuid, attempts + 1, formatTimestamp(nextAttemptMs)],
    );
  }
}
