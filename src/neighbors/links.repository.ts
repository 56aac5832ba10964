import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Peer } from '../peers/peer.js';
import { PEER_COLUMNS, toPeer, type PeerRow } from '../peers/peer-rows.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { KnownPeer, Link } from './link-facts.js';

interface KnownRow extends PeerRow {
  first_seen_at: number;
  proven_address: string | null;
}

const COLUMNS = `${PEER_COLUMNS}, p.first_seen_at, p.proven_address`;
const USABLE = `p.trust NOT IN ('blocked', 'revoked')`;
const NO_NEIGHBOR = 'NOT EXISTS (SELECT 1 FROM neighbors n WHERE n.server_uuid = p.server_uuid)';

/** What becomes of the rows of `neighbors`. */
export interface LinkChange {
  readonly drop?: readonly string[] | undefined;
  /** Also one that is there: then its role and who chose it become these. */
  readonly put?: Pick<Link, 'peer' | 'role' | 'chosenBy'> | undefined;
}

export interface SampleSize {
  readonly atRandom: number;
  readonly longestKnown: number;
  /** Of those that never answered us. */
  readonly unproven: number;
}

/** Rows of `neighbors`, and of peers that may become such. */
@Injectable()
export class LinksRepository {
  constructor(private readonly database: Database) {}

  /** Neither blocked nor revoked, the earliest first. */
  async links(): Promise<Link[]> {
    const rows = await this.database.query<KnownRow & { role: Link['role']; chosen_by: Link['chosenBy'] }>(
      `SELECT ${COLUMNS}, n.role, n.chosen_by FROM neighbors n JOIN peers p USING (server_uuid)
       WHERE ${USABLE} ORDER BY n.added_at, p.server_uuid`,
    );
    return rows.map((row) => ({ ...toKnown(row), role: row.role, chosenBy: row.chosen_by }));
  }

  /** Answers whom it added, if he is still on file and usable, and whom it dropped. */
  apply({ drop = [], put }: LinkChange, nowMs: number): Promise<{ added: boolean; dropped: string[] }> {
    return this.database.transaction(async (tx) => {
      const gone = await tx.query<{ server_uuid: string }>(
        'DELETE FROM neighbors WHERE server_uuid = ANY($1::text[]) RETURNING server_uuid',
        [drop],
      );
      const dropped = gone.map((row) => row.server_uuid);
      if (put === undefined) return { added: false, dropped };
      const { peer, role, chosenBy } = put;
      // The peer may be gone or blocked since it was chosen.
      const rows = await tx.query<{ is_new: boolean }>(
        `INSERT INTO neighbors (server_uuid, added_at, role, chosen_by)
         SELECT p.server_uuid, $2, $3, $4 FROM peers p WHERE p.server_uuid = $1 AND ${USABLE}
         ON CONFLICT (server_uuid) DO UPDATE SET role = excluded.role, chosen_by = excluded.chosen_by
         RETURNING xmax = 0 AS is_new`,
        [peer.serverUuid, formatTimestamp(nowMs), role, chosenBy],
      );
      return { added: rows[0]?.is_new === true, dropped };
    });
  }

  async find(serverUuid: string): Promise<KnownPeer | null> {
    const [row] = await this.database.query<KnownRow>(
      `SELECT ${COLUMNS} FROM peers p WHERE p.server_uuid = $1 AND ${USABLE}`,
      [serverUuid],
    );
    return row === undefined ? null : toKnown(row);
  }

  /** Some of those that may become neighbours, in random order; those of the operator's bootstrap servers are always among them. */
  async sample(
    { atRandom, longestKnown, unproven }: SampleSize,
    { seenAfterMs, bootstrapServers }: { seenAfterMs: number; bootstrapServers: readonly string[] },
  ): Promise<KnownPeer[]> {
    const hosts = bootstrapServers.map((base) => new URL(base).hostname);
    const some = (condition: string, order: string, limit: string): string =>
      `(SELECT p.server_uuid FROM peers p WHERE ${USABLE} AND p.last_seen_at >= $1 AND ${condition} AND ${NO_NEIGHBOR}
        ORDER BY ${order} LIMIT ${limit})`;
    const drawn = [
      some('p.proven_at IS NOT NULL', 'random()', '$2'),
      some('p.proven_at IS NOT NULL', 'p.first_seen_at', '$3'),
      some('p.proven_at IS NULL', 'random()', '$4'),
      some('(p.discovery_url = ANY($5::text[]) OR p.server_id = ANY($6::text[]))', 'p.first_seen_at', '$2'),
    ];
    const rows = await this.database.query<KnownRow>(
      `SELECT ${COLUMNS} FROM peers p WHERE p.server_uuid IN (${drawn.join(' UNION ')}) ORDER BY random()`,
      [formatTimestamp(seenAfterMs), atRandom, longestKnown, unproven, bootstrapServers, hosts],
    );
    return rows.map(toKnown);
  }

  /** Some that once answered us, are no neighbours, and were not heard of since. */
  async unheard(sinceMs: number, count: number): Promise<Peer[]> {
    const rows = await this.database.query<PeerRow>(
      `SELECT ${PEER_COLUMNS} FROM peers p
       WHERE ${USABLE} AND p.proven_at IS NOT NULL AND p.last_seen_at < $1 AND ${NO_NEIGHBOR}
       ORDER BY random() LIMIT $2`,
      [formatTimestamp(sinceMs), count],
    );
    return rows.map(toPeer);
  }
}

function toKnown(row: KnownRow): KnownPeer {
  return { peer: toPeer(row), firstSeenMs: row.first_seen_at, provenAddress: row.proven_address };
}
