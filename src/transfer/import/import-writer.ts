import type { Queryable } from '../../database/database.js';
import { interval } from '../../database/interval.js';
import { Blocklist, type Presented } from '../../peers/blocklist.js';
import { toldAsEnded, unlink } from '../../peers/endings.js';
import { USABLE } from '../../peers/peer-rows.js';
import { RECORD_RELAY_AGE_MS } from '../../protocol/limits.js';
import { formatTimestamp, formatTimestampOrNull } from '../../protocol/timestamps.js';
import { TransferRefused } from '../refused.js';
import type { PlannedBlock } from './plan-blocklist.js';
import type { OwnIdentity } from './plan-identity.js';
import type { PlannedPeer } from './plan-peers.js';
import type { PlannedRevocation } from './plan-revocations.js';

/** Rows of one statement. */
const BATCH_ROWS = 500;

interface HeldIdentity {
  readonly server_uuid: string;
  readonly server_id: string;
  readonly public_key: string;
  readonly revoked_at: number | null;
}

/** What is there already stays as it is: a second import changes nothing. Each method runs in the import's one transaction. */
export class ImportWriter {
  constructor(private readonly tx: Queryable) {}

  /**
   * Whether the identity is there already.
   * @throws TransferRefused where the database belongs to another one, or to this one with another key
   */
  async requireVacant(own: OwnIdentity): Promise<boolean> {
    const [held] = await this.tx.query<HeldIdentity>(
      'SELECT server_uuid, server_id, public_key, revoked_at FROM identity',
    );
    if (held === undefined) return false;
    if (held.server_uuid !== own.serverUuid)
      throw new TransferRefused(
        `The database belongs to another server, ${held.server_id} (${held.server_uuid}). Give the import an empty one.`,
      );
    if (held.public_key === own.publicKey && held.revoked_at === null) return true;
    throw new TransferRefused(
      'This identity was moved here before, and has got another key or was revoked since: there is nothing to take any more.',
    );
  }

  async identity(own: OwnIdentity): Promise<'taken' | 'already_there'> {
    if (await this.requireVacant(own)) return 'already_there';
    await this.tx.query(
      'INSERT INTO identity (server_uuid, server_id, public_key, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5)',
      [own.serverUuid, own.serverId, own.publicKey, own.fingerprint, formatTimestamp(own.createdAt)],
    );
    return 'taken';
  }

  /** The UUIDs of those that were not there yet. */
  async peers(peers: readonly PlannedPeer[]): Promise<ReadonlySet<string>> {
    const rows = peers.map((peer) => ({
      ...peer,
      discovery_url: peer.endpoints.discovery,
      federation_url: peer.endpoints.federation,
      announced_at: formatTimestamp(peer.announcedAt),
      first_seen_at: formatTimestamp(peer.firstSeenAt),
      last_seen_at: formatTimestamp(peer.lastSeenAt),
      blocked_until: formatTimestampOrNull(peer.blockedUntil),
    }));
    return this.insert(
      rows,
      `INSERT INTO peers (server_uuid, server_id, first_fingerprint, public_key, fingerprint, announcement, announced_at,
                          discovery_url, federation_url, trust, blocked_until, first_seen_at, last_seen_at, recorded_at,
                          announcement_hash, relayed_until)
       SELECT "serverUuid", "serverId", fingerprint, "publicKey", fingerprint, announcement, announced_at,
              discovery_url, federation_url, trust, blocked_until, first_seen_at, last_seen_at,
              CASE WHEN announcement IS NOT NULL THEN announced_at END, encode(sha256(convert_to(announcement, 'UTF8')), 'hex'),
              CASE WHEN announcement IS NOT NULL
                   THEN announced_at + ${interval(RECORD_RELAY_AGE_MS)} END
       FROM json_to_recordset($1::json) AS r("serverUuid" text, "serverId" text, fingerprint text, "publicKey" text,
         announcement text, announced_at timestamptz, discovery_url text, federation_url text, trust text,
         blocked_until timestamptz, first_seen_at timestamptz, last_seen_at timestamptz)
       WHERE NOT EXISTS (SELECT 1 FROM reserved_names n WHERE n.server_id = "serverId" AND n.server_uuid <> "serverUuid")
       ON CONFLICT DO NOTHING RETURNING server_uuid AS key`,
    );
  }

  /** Which of these are on file, whoever brought them there. */
  async onFile(serverUuids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.tx.query<{ server_uuid: string }>(
      'SELECT server_uuid FROM peers WHERE server_uuid = ANY($1::text[])',
      [serverUuids],
    );
    return new Set(rows.map((row) => row.server_uuid));
  }

  /** The UUIDs of those that were not there yet; whom they concern is revoked. */
  async revocations(revocations: readonly PlannedRevocation[]): Promise<ReadonlySet<string>> {
    const rows = revocations.map((one) => ({ ...one, revoked_at: formatTimestamp(one.revokedAt) }));
    const added = await this.insert(
      rows,
      `INSERT INTO revocations (server_uuid, server_id, fingerprint, reason, body, revoked_at)
       SELECT "serverUuid", "serverId", fingerprint, reason, body, revoked_at
       FROM json_to_recordset($1::json) AS r("serverUuid" text, "serverId" text, fingerprint text, reason text, body text,
         revoked_at timestamptz)
       ON CONFLICT DO NOTHING RETURNING server_uuid AS key`,
    );
    const uuids = revocations.map(({ serverUuid }) => serverUuid);
    await this.tx.query(
      `UPDATE peers SET trust = 'revoked', blocked_until = NULL WHERE server_uuid = ANY($1::text[]) AND trust <> 'revoked'`,
      [uuids],
    );
    await this.tx.query(
      `UPDATE peers p SET revocation = r.body, revocation_hash = encode(sha256(convert_to(r.body, 'UTF8')), 'hex'),
              ${toldAsEnded('r.revoked_at')}
       FROM revocations r
       WHERE r.server_uuid = p.server_uuid AND r.fingerprint = p.fingerprint AND p.server_uuid = ANY($1::text[])
         AND p.revocation IS DISTINCT FROM r.body`,
      [uuids],
    );
    await unlink(this.tx, uuids);
    return added;
  }

  /**
   * The blocks that were not there yet, each as `kind identifier`. They block whom they mean of all that are on file; those
   * that were there mean only the `newcomers`, as the operator may have let others in again.
   */
  async blocks(
    blocks: readonly PlannedBlock[],
    newcomers: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const rows = blocks.map((block) => ({
      ...block,
      created_at: formatTimestamp(block.createdAt),
      expires_at: formatTimestampOrNull(block.expiresAt),
    }));
    const added = await this.insert(
      rows,
      `INSERT INTO blocklist (kind, identifier, reason, created_at, expires_at)
       SELECT kind, identifier, reason, created_at, expires_at
       FROM json_to_recordset($1::json) AS r(kind text, identifier text, reason text, created_at timestamptz, expires_at timestamptz)
       ON CONFLICT DO NOTHING RETURNING kind || ' ' || identifier AS key`,
    );
    const fresh = new Blocklist(blocks.filter(({ kind, identifier }) => added.has(`${kind} ${identifier}`)));
    const all = new Blocklist(blocks);
    await this.blockOnFile((serverUuid) => (newcomers.has(serverUuid) ? all : fresh));
    return added;
  }

  private async blockOnFile(listFor: (serverUuid: string) => Blocklist): Promise<void> {
    const rows = await this.tx.query<{
      server_uuid: string;
      server_id: string;
      fingerprint: string;
      discovery_url: string;
      federation_url: string;
    }>(
      `SELECT server_uuid, server_id, fingerprint, discovery_url, federation_url FROM peers p WHERE ${USABLE}`,
    );
    for (const row of rows) {
      const presented: Presented = {
        serverUuid: row.server_uuid,
        serverId: row.server_id,
        endpoints: { discovery: row.discovery_url, federation: row.federation_url },
        fingerprint: () => row.fingerprint,
      };
      const block = listFor(row.server_uuid).find(presented, Number.NEGATIVE_INFINITY);
      if (block === null) continue;
      await this.tx.query(`UPDATE peers SET trust = 'blocked', blocked_until = $2 WHERE server_uuid = $1`, [
        row.server_uuid,
        formatTimestampOrNull(block.expiresAt),
      ]);
      await unlink(this.tx, [row.server_uuid]);
    }
  }

  private async insert(rows: readonly object[], statement: string): Promise<ReadonlySet<string>> {
    const added = new Set<string>();
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const batch = JSON.stringify(rows.slice(start, start + BATCH_ROWS));
      for (const { key } of await this.tx.query<{ key: string }>(statement, [batch])) added.add(key);
    }
    return added;
  }
}
