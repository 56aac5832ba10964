import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Peer } from '../peers/peer.js';
import { PEER_COLUMNS, toPeer, USABLE, type PeerRow } from '../peers/peer-rows.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { KnownPeer, Link } from './link-facts.js';
import type { Sampled } from './neighbor-choice.js';

interface KnownRow extends PeerRow {
  first_seen_at: number;
  proven_address: string | null;
}

const COLUMNS = `${PEER_COLUMNS}, p.first_seen_at, p.proven_address`;
const NO_NEIGHBOR = 'NOT EXISTS (SELECT 1 FROM neighbors n WHERE n.server_uuid = p.server_uuid)';

/** A row of `neighbors` to be. */
export interface NewLink extends Pick<Link, 'role' | 'chosenBy'> {
  readonly peer: Pick<Peer, 'serverUuid' | 'serverId'>;
}

/** What becomes of the rows of `neighbors`. */
export interface LinkChange {
  readonly drop?: readonly string[];
  /** Also those that are there: then their role and who chose them become these. */
  readonly put?: readonly NewLink[];
}

export interface LinkTally extends Pick<Link, 'role' | 'chosenBy'> {
  readonly count: number;
}

export interface SampleSize extends Sampled {
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

  /** How many there are of each kind. */
  tally(): Promise<LinkTally[]> {
    return this.database.query<LinkTally>(
      'SELECT role, chosen_by AS "chosenBy", count(*) AS count FROM neighbors GROUP BY 1, 2',
    );
  }

  /** Those that were blocked or revoked since they were chosen. */
  async dropUnusable(): Promise<void> {
    await this.database.query(
      `DELETE FROM neighbors n USING peers p WHERE p.server_uuid = n.server_uuid AND NOT (${USABLE})`,
    );
  }

  /** Answers the UUIDs of those that it added, as far as they are still on file and usable, and of those that it dropped. */
  apply(
    { drop = [], put = [] }: LinkChange,
    nowMs: number,
  ): Promise<{ readonly added: readonly string[]; readonly dropped: readonly string[] }> {
    return this.database.transaction(async (tx) => {
      const dropped = await tx.query<{ server_uuid: string }>(
        'DELETE FROM neighbors WHERE server_uuid = ANY($1::text[]) RETURNING server_uuid',
        [drop],
      );
      // A peer may be gone or blocked since it was chosen.
      const written = await tx.query<{ server_uuid: string; is_new: boolean }>(
        `INSERT INTO neighbors (server_uuid, added_at, role, chosen_by)
         SELECT p.server_uuid, $1, q.role, q.chosen_by
         FROM unnest($2::text[], $3::text[], $4::text[]) AS q(server_uuid, role, chosen_by)
         JOIN peers p USING (server_uuid) WHERE ${USABLE}
         ON CONFLICT (server_uuid) DO UPDATE SET role = excluded.role, chosen_by = excluded.chosen_by
         RETURNING server_uuid, xmax = 0 AS is_new`,
        [
          formatTimestamp(nowMs),
          put.map(({ peer }) => peer.serverUuid),
          put.map(({ role }) => role),
          put.map(({ chosenBy }) => chosenBy),
        ],
      );
      const added = written.filter((row) => row.is_new);
      return { added: added.map((row) => row.server_uuid), dropped: dropped.map((row) => row.server_uuid) };
    });
  }

  /** Those of them that are on file, and neither blocked nor revoked. */
  async find(serverUuids: readonly string[]): Promise<KnownPeer[]> {
    if (serverUuids.length === 0) return [];
    const rows = await this.database.query<KnownRow>(
      `SELECT ${COLUMNS} FROM peers p WHERE p.server_uuid = ANY($1::text[]) AND ${USABLE}`,
      [serverUuids],
    );
    return rows.map(toKnown);
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
