import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PEER_COLUMNS, toPeer, type PeerRow } from '../peers/peer-rows.js';

export interface ExchangeSender {
  readonly peer: Peer;
  readonly lastSentAt: number | null;
  readonly lastActedAt: number | null;
}

/** When each peer last told us whom it knows. */
@Injectable()
export class ExchangesRepository {
  constructor(private readonly database: Database) {}

  async sender(serverId: string): Promise<ExchangeSender | null> {
    const [row] = await this.database.query<
      PeerRow & { exchanged_at: number | null; exchange_acted_at: number | null }
    >(`SELECT ${PEER_COLUMNS}, p.exchanged_at, p.exchange_acted_at FROM peers p WHERE p.server_id = $1`, [
      serverId,
    ]);
    if (row === undefined) return null;
    return { peer: toPeer(row), lastSentAt: row.exchanged_at, lastActedAt: row.exchange_acted_at };
  }

  /** An authenticated exchange is a sign of life. False where a later one came first. */
  async note(
    serverUuid: string,
    exchange: { sentAt: number; nowMs: number; acted: boolean },
  ): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE peers SET exchanged_at = $2, last_seen_at = greatest(last_seen_at, $3),
                        exchange_acted_at = CASE WHEN $4 THEN $3 ELSE exchange_acted_at END
       WHERE server_uuid = $1 AND (exchanged_at IS NULL OR exchanged_at < $2) RETURNING server_uuid`,
      [serverUuid, formatTimestamp(exchange.sentAt), formatTimestamp(exchange.nowMs), exchange.acted],
    );
    return rows.length > 0;
  }
}
