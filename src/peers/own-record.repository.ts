import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { NEXT_ARRIVAL } from './record-rows.js';

/** What we signed about ourselves, as others get it. */
export interface OwnStatements {
  /** Bodies of our rotations, in order. */
  readonly rotations: readonly string[];
  readonly revocation: string | null;
  /** As it was last made for the network; null where none was. */
  readonly announcement: string | null;
  readonly hash: string | null;
  /** Null where none of our records was stored here. */
  readonly arrival: number | null;
}

/** The one row about this database, and what we signed about ourselves. */
@Injectable()
export class OwnRecordRepository {
  constructor(private readonly database: Database) {}

  /**
   * Random for each database, for the cursors of others (wire protocol 2.3). A dump that is restored makes the table anew,
   * and so under another oid: then the order of arrival may differ from what others have seen, and the epoch is another. So
   * may our record: they may have a later one, and we make a new one.
   */
  async epoch(fresh: string): Promise<string> {
    const [row] = await this.database.query<{ epoch: string }>(
      `INSERT INTO record_state (epoch, of_table) VALUES ($1, 'record_state'::regclass::oid::bigint)
       ON CONFLICT (only_row) DO UPDATE SET of_table = excluded.of_table,
         own_announcement = CASE record_state.of_table WHEN excluded.of_table THEN record_state.own_announcement END,
         epoch = CASE record_state.of_table WHEN excluded.of_table THEN record_state.epoch ELSE excluded.epoch END
       RETURNING epoch`,
      [fresh],
    );
    return row!.epoch;
  }

  async read(): Promise<OwnStatements> {
    const statements = await this.database.query<{ kind: string; body: string }>(
      'SELECT kind, body FROM own_statements ORDER BY seq',
    );
    const [state] = await this.database.query<{
      own_announcement: string | null;
      own_hash: string | null;
      own_arrival: number | null;
    }>('SELECT own_announcement, own_hash, own_arrival FROM record_state');
    const bodies = (kind: string): string[] =>
      statements.filter((statement) => statement.kind === kind).map(({ body }) => body);
    return {
      rotations: bodies('key_rotation'),
      revocation: bodies('identity_revocation')[0] ?? null,
      announcement: state?.own_announcement ?? null,
      hash: state?.own_hash ?? null,
      arrival: state?.own_arrival ?? null,
    };
  }

  /** Answers where it stands in the order of arrival. The row is there: whoever asks for the epoch makes it. */
  async store(announcement: string | null, hash: string): Promise<number> {
    const [row] = await this.database.query<{ own_arrival: number }>(
      `UPDATE record_state SET own_announcement = $1, own_hash = $2, own_arrival = ${NEXT_ARRIVAL} RETURNING own_arrival`,
      [announcement, hash],
    );
    return row!.own_arrival;
  }
}
