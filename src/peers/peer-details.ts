import { formatTimestamp, formatTimestampOrNull } from '../protocol/timestamps.js';
import type { Peer } from './peer.js';
import type { PeerDetailsAnswer } from './peers-schemas.js';

/** A key that the server had and gave up. Times here and below are epoch milliseconds. */
export interface PastKey {
  readonly oldFingerprint: string;
  readonly newFingerprint: string;
  readonly rotatedAt: number;
}

export interface ReservedName {
  readonly serverId: string;
  readonly reservedUntil: number;
}

/** A statement about our own identity that this server has yet to take. */
export interface PendingDelivery {
  readonly kind: string;
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** What another identity claims that this server has: its UUID, its name, or to be its successor (a fork). */
export interface ShownClaim {
  readonly kind: 'server_uuid' | 'server_id' | 'fork';
  readonly fingerprint: string;
  readonly claimantUuid: string;
  readonly claimedId: string | null;
  readonly toldBy: string | null;
  readonly seenAt: number;
}

/** Everything known of one server, for the operator. */
export interface PeerDetails extends Peer {
  /** An identity is the pair of UUID and first key (wire protocol 1.1). */
  readonly firstFingerprint: string;
  readonly firstSeenAt: number;
  /** False where it is known from hearsay alone: then `announcedAt` says nothing. */
  readonly hasAnnounced: boolean;
  /** Null where it never sent a peer exchange. */
  readonly exchangedAt: number | null;
  /** When a block ends; null where it does not, or there is none. */
  readonly blockedUntil: number | null;
  /** Null where it is no neighbour. */
  readonly neighborSince: number | null;
  readonly revocation: { readonly reason: string; readonly revokedAt: number } | null;
  /** The latest first, of names and keys alike. */
  readonly reservedNames: readonly ReservedName[];
  readonly pastKeys: readonly PastKey[];
  /** The latest first. */
  readonly claims: readonly ShownClaim[];
  /** In the order in which it has to take them. */
  readonly pendingDeliveries: readonly PendingDelivery[];
}

/** As `GET /api/v1/peers/:serverId` answers: what is not named here is not told. */
export function describeDetails(peer: PeerDetails): PeerDetailsAnswer {
  return {
    server_id: peer.serverId,
    server_uuid: peer.serverUuid,
    fingerprint: peer.fingerprint,
    first_fingerprint: peer.firstFingerprint,
    endpoints: { discovery: peer.endpoints.discovery, federation: peer.endpoints.federation },
    trust_status: peer.trust,
    blocked_until: formatTimestampOrNull(peer.blockedUntil),
    is_neighbor: peer.neighborSince !== null,
    neighbor_since: formatTimestampOrNull(peer.neighborSince),
    first_seen: formatTimestamp(peer.firstSeenAt),
    last_seen: formatTimestamp(peer.lastSeenAt),
    announced_at: peer.hasAnnounced ? formatTimestamp(peer.announcedAt) : null,
    proven_at: formatTimestampOrNull(peer.provenAt),
    last_exchange: formatTimestampOrNull(peer.exchangedAt),
    previous_keys: peer.pastKeys.map((key) => ({
      old_fingerprint: key.oldFingerprint,
      new_fingerprint: key.newFingerprint,
      rotated_at: formatTimestamp(key.rotatedAt),
    })),
    reserved_names: peer.reservedNames.map((name) => ({
      server_id: name.serverId,
      reserved_until: formatTimestamp(name.reservedUntil),
    })),
    revocation:
      peer.revocation === null
        ? null
        : { reason: peer.revocation.reason, revoked_at: formatTimestamp(peer.revocation.revokedAt) },
    introduced_by: peer.introducedBy,
    speaks_extension: peer.speaksExt,
    claims: peer.claims.map(describeClaim),
    pending_deliveries: peer.pendingDeliveries.map((delivery) => ({
      kind: delivery.kind,
      attempts: delivery.attempts,
      next_attempt: formatTimestamp(delivery.nextAttemptAt),
    })),
  };
}

function describeClaim(claim: ShownClaim): PeerDetailsAnswer['claims'][number] {
  return {
    kind: claim.kind,
    fingerprint: claim.fingerprint,
    server_uuid: claim.claimantUuid,
    server_id: claim.claimedId,
    told_by: claim.toldBy,
    first_seen: formatTimestamp(claim.seenAt),
  };
}
