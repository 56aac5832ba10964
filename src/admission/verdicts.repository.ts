import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Verdict } from './admission-policy.js';

/** What the operator said about an identity: a server_uuid under a key. */
export interface OperatorVerdict {
  readonly serverUuid: string;
  readonly fingerprint: string;
  /** As it called itself then; null where nobody had heard of it. */
  readonly serverId: string | null;
  readonly verdict: Verdict;
  /** Epoch milliseconds. */
  readonly decidedAt: number;
}

interface Row {
  readonly server_uuid: string;
  readonly fingerprint: string;
  readonly server_id: string | null;
  readonly verdict: Verdict;
  readonly decided_at: number;
}

@Injectable()
export class VerdictsRepository {
  constructor(private readonly database: Database) {}

  /** The latest first. */
  async all(): Promise<OperatorVerdict[]> {
    const rows = await this.database.query<Row>(
      `SELECT server_uuid, fingerprint, server_id, verdict, decided_at FROM admissions
       ORDER BY decided_at DESC, server_uuid`,
    );
    return rows.map((row) => ({
      serverUuid: row.server_uuid,
      fingerprint: row.fingerprint,
      serverId: row.server_id,
      verdict: row.verdict,
      decidedAt: row.decided_at,
    }));
  }

  async save({ serverUuid, fingerprint, serverId, verdict, decidedAt }: OperatorVerdict): Promise<void> {
    await this.database.query(
      `INSERT INTO admissions (server_uuid, fingerprint, server_id, verdict, decided_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (server_uuid, fingerprint) DO UPDATE
         SET server_id = coalesce(excluded.server_id, admissions.server_id), verdict = excluded.verdict, decided_at = excluded.decided_at`,
      [serverUuid, fingerprint, serverId, verdict, formatTimestamp(decidedAt)],
    );
  }
}
