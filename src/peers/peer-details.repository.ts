import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../platform/clock.js';
import { parseJson } from '../protocol/json.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { formatTimestamp, parseTimestamp } from '../protocol/timestamps.js';
import type { PastKey, PeerDetails, PendingDelivery, ReservedName, ShownClaim } from './peer-details.js';
import { PEER_COLUMNS, toPeer, type PeerRow } from './peer-rows.js';

/** Of the keys and of the names that a server had: it may have changed either for years. */
const SHOWN = 100;

interface DetailsRow extends PeerRow {
  first_fingerprint: string;
  first_seen_at: number;
  has_announced: boolean;
  exchanged_at: number | null;
  blocked_until: number | null;
  neighbor_since: number | null;
  revoked_reason: string | null;
  revoked_at: number | null;
  revocation: string | null;
}

/** All that the tables hold about one server, for the operator's eyes. */
@Injectable()
export class PeerDetailsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** By name, in lower case; blocked and revoked ones too. Null where no server on file has the name. */
  async find(serverId: string): Promise<PeerDetails | null> {
    const [row] = await this.database.query<DetailsRow>(
      `SELECT ${PEER_COLUMNS}, p.first_fingerprint, p.first_seen_at, p.exchanged_at,
              p.announcement IS NOT NULL AS has_announced,
              CASE p.trust WHEN 'blocked' THEN p.blocked_until END AS blocked_until,
              n.added_at AS neighbor_since, r.reason AS revoked_reason, r.revoked_at, p.revocation
       FROM peers p LEFT JOIN neighbors n USING (server_uuid) LEFT JOIN revocations r USING (server_uuid)
       WHERE p.server_id = $1`,
      [serverId],
    );
    if (row === undefined) return null;
    return {
      ...toPeer(row),
      firstFingerprint: row.first_fingerprint,
      firstSeenAt: row.first_seen_at,
      hasAnnounced: row.has_announced,
      exchangedAt: row.exchanged_at,
      blockedUntil: row.blocked_until,
      neighborSince: row.neighbor_since,
      revocation: revocationOf(row),
      pastKeys: await this.pastKeys(row.server_uuid),
      reservedNames: await this.reservedNames(row.server_uuid),
      claims: await this.claims(row.server_uuid),
      pendingDeliveries: await this.pendingDeliveries(row.server_uuid),
    };
  }

  private pastKeys(serverUuid: string): Promise<PastKey[]> {
    return this.database.query<PastKey>(
      `SELECT old_fingerprint AS "oldFingerprint", new_fingerprint AS "newFingerprint", rotated_at AS "rotatedAt"
       FROM peer_rotations WHERE server_uuid = $1 ORDER BY seq DESC LIMIT ${SHOWN}`,
      [serverUuid],
    );
  }

  private reservedNames(serverUuid: string): Promise<ReservedName[]> {
    return this.database.query<ReservedName>(
      `SELECT server_id AS "serverId", reserved_until AS "reservedUntil" FROM reserved_names
       WHERE server_uuid = $1 AND reserved_until > $2 ORDER BY reserved_until DESC, server_id LIMIT ${SHOWN}`,
      [serverUuid, formatTimestamp(this.clock.now())],
    );
  }

  private claims(serverUuid: string): Promise<ShownClaim[]> {
    return this.database.query<ShownClaim>(
      `SELECT kind, fingerprint, claimant_uuid AS "claimantUuid", claimed_id AS "claimedId", told_by AS "toldBy",
              seen_at AS "seenAt"
       FROM claims WHERE server_uuid = $1 AND expires_at > $2 ORDER BY seen_at DESC, fingerprint LIMIT ${SHOWN}`,
      [serverUuid, formatTimestamp(this.clock.now())],
    );
  }

  private pendingDeliveries(serverUuid: string): Promise<PendingDelivery[]> {
    return this.database.query<PendingDelivery>(
      `SELECT s.kind, d.attempts, d.next_attempt_at AS "nextAttemptAt"
       FROM own_statement_deliveries d JOIN own_statements s USING (seq) WHERE d.server_uuid = $1 ORDER BY d.seq LIMIT ${SHOWN}`,
      [serverUuid],
    );
  }
}

/** Of a server that only others told us of, it stands in its record alone. */
function revocationOf({ revoked_reason, revoked_at, revocation }: DetailsRow): PeerDetails['revocation'] {
  if (revoked_at !== null) return { reason: revoked_reason ?? '', revokedAt: revoked_at };
  if (revocation === null) return null;
  const { reason, timestamp } = identityRevocationMessage.decode(parseJson(revocation));
  return { reason, revokedAt: parseTimestamp(timestamp)! };
}
