import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { nextTurn } from '../platform/event-loop.js';
import { NEIGHBOR_DROP_AGE_MS, PEER_DELETE_AGE_MS } from '../protocol/limits.js';
import { tombstoneInsert } from '../peers/record-rows.js';
import { formatTimestamp } from '../protocol/timestamps.js';

export interface CleanupCounts {
  readonly neighbors: number;
  readonly peers: number;
  readonly routes: number;
  readonly reservedNames: number;
  /** Entries of the blocklist that had ended. */
  readonly blocks: number;
}

/**
 * Rows of one statement: PostgreSQL is given 10 s for each, and the embedded database answers nobody meanwhile, not even
 * the watchdog. A directory that was filled in a day is past its time in a day.
 */
const BATCH_ROWS = 1_000;
/** Tombstones of ended identities, which are kept for ever; the oldest go first. */
const MAX_ENDED_IDENTITIES = 100_000;

interface Deletion {
  readonly table: string;
  readonly condition: string;
  /** The parameter of the condition. */
  readonly before: string;
  /** A statement over the rows of `gone`, or empty. */
  readonly afterwards: string;
}

/** Deletes what is past its time (wire protocol 1.6), blocks with an end included. Revocations stay for ever, and so do rows that the operator blocked. */
@Injectable()
export class CleanupRepository {
  constructor(private readonly database: Database) {}

  /** @param signal ends it after the statement that runs; what is left is for the next run */
  async run(nowMs: number, signal?: AbortSignal): Promise<CleanupCounts> {
    const now = formatTimestamp(nowMs);
    const inBatches = (table: string, condition: string, before: string, afterwards = ''): Promise<number> =>
      this.countInBatches({ table, condition, before, afterwards }, signal);
    const neighbors = await this.count(
      `DELETE FROM neighbors n USING peers p WHERE p.server_uuid = n.server_uuid AND p.last_seen_at < $1`,
      formatTimestamp(nowMs - NEIGHBOR_DROP_AGE_MS),
    );
    const peers = await inBatches(
      'peers',
      `last_seen_at < $1 AND trust <> 'blocked'`,
      formatTimestamp(nowMs - PEER_DELETE_AGE_MS),
      tombstoneInsert(),
    );
    await inBatches('tombstones', 'expires_at <= $1', now);
    await inBatches('claims', 'expires_at <= $1', now);
    const oldest = await this.oldestKeptEnd();
    if (oldest !== null) await inBatches('tombstones', 'expires_at IS NULL AND announced_at < $1', oldest);
    const routes = await inBatches('routes', 'expires_at <= $1', now);
    const reservedNames = await inBatches('reserved_names', 'reserved_until <= $1', now);
    const blocks = await this.count('DELETE FROM blocklist WHERE expires_at <= $1', now);
    await this.database.query(
      `UPDATE peers SET trust = 'unknown', blocked_until = NULL WHERE trust = 'blocked' AND blocked_until <= $1`,
      [now],
    );
    return { neighbors, peers, routes, reservedNames, blocks };
  }

  /** A row that changes meanwhile has another ctid then, and stays until the next run. */
  private async countInBatches(
    { table, condition, before, afterwards }: Deletion,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const batch = `SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH_ROWS}`;
    for (let total = 0; ;) {
      if (signal?.aborted === true) return total;
      const deletion = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (${batch}))`;
      const deleted = await this.count(deletion, before, afterwards);
      total += deleted;
      if (deleted < BATCH_ROWS) return total;
      // One statement of the embedded database follows another without the event loop ever turning.
      await nextTurn();
    }
  }

  /** @param afterwards a statement over the rows of `gone` */
  private async count(deletion: string, before: string, afterwards = ''): Promise<number> {
    const then = afterwards === '' ? '' : `, afterwards AS (${afterwards})`;
    const [row] = await this.database.query<{ count: number }>(
      `WITH gone AS (${deletion} RETURNING *)${then} SELECT count(*) AS count FROM gone`,
      [before],
    );
    return row!.count;
  }

  /** Identities that ended and were never heard of but from others are bounded: anyone can end as many as he makes. */
  private async oldestKeptEnd(): Promise<string | null> {
    const [row] = await this.database.query<{ announced_at: number }>(
      `SELECT announced_at FROM tombstones WHERE expires_at IS NULL
       ORDER BY announced_at DESC OFFSET ${MAX_ENDED_IDENTITIES - 1} LIMIT 1`,
    );
    return row === undefined ? null : formatTimestamp(row.announced_at);
  }
}
