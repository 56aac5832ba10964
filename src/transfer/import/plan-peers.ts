import type { Trust } from '../../peers/peer.js';
import type { AddressPolicy } from '../../platform/address-policy.js';
import { fingerprintOf, requireAcceptableKey, type SignatureVerifier } from '../../platform/keys.js';
import { checkEndpoints, type Endpoints } from '../../protocol/endpoints.js';
import { FederationError } from '../../protocol/errors.js';
import { isJsonObject, parseJson } from '../../protocol/json.js';
import { CLOCK_SKEW_MS, MAX_PEERS } from '../../protocol/limits.js';
import { announcementMessage, type Announcement } from '../../protocol/messages/announcement.js';
import { requireAcceptableAnnouncement } from '../../protocol/strict.js';
import { parseTimestamp } from '../../protocol/timestamps.js';
import { normalizeServerId } from '../../protocol/server-id.js';
import { optionalText, pastTime, serverName, shown, text, Unusable, uuid } from './fields.js';
import type { OwnIdentity } from './plan-identity.js';
import { attempt, isItem, leftOut, type Planned } from './report.js';
import type { Row } from './sqlite-copy.js';

/** A row of our directory to be; times are epoch milliseconds. */
export interface PlannedPeer {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly endpoints: Endpoints;
  /** The announcement that its key signed; null where all we have is hearsay. */
  readonly announcement: string | null;
  readonly announcedAt: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly trust: Trust;
  readonly blockedUntil: number | null;
}

export interface PeerSurroundings {
  readonly own: OwnIdentity;
  readonly nowMs: number;
  readonly verifier: SignatureVerifier;
  readonly addresses: AddressPolicy;
}

/** What a peer says of itself, proved or not. */
type Claim = Pick<PlannedPeer, 'endpoints' | 'announcement'> & {
  readonly announcedAt: number | null;
  readonly note?: string;
};

const TRUST: Readonly<Record<string, Trust>> = {
  trusted: 'trusted',
  untrusted: 'untrusted',
  blocked: 'blocked',
  // A revocation that can be proved says so by itself.
  revoked: 'blocked',
};

/** The peers that can be kept, one for each UUID and each name. */
export async function planPeers(
  rows: readonly Row[],
  surroundings: PeerSurroundings,
): Promise<Planned<PlannedPeer>[]> {
  const planned: Planned<PlannedPeer>[] = [];
  for (const row of rows) {
    const what = `${shown(row, 'server_id')} (${shown(row, 'server_uuid')})`;
    planned.push(await attempt(what, () => planPeer(what, row, surroundings)));
  }
  const kept = keepOneEach(planned.flatMap((one) => (isItem(one) ? [] : [one.value])));
  return planned.map((one) => {
    const reason = isItem(one) ? undefined : kept.get(one.value);
    return reason === undefined ? one : leftOut(one.what, reason);
  });
}

async function planPeer(
  what: string,
  row: Row,
  surroundings: PeerSurroundings,
): Promise<Planned<PlannedPeer>> {
  const { own, nowMs } = surroundings;
  const serverUuid = uuid(row);
  const serverId = serverName(row);
  if (serverUuid === own.serverUuid) throw new Unusable('it has the server_uuid of this server itself');
  if (serverId === own.serverId) throw new Unusable('it has the name of this server');
  const publicKey = text(row, 'public_key');
  if (publicKey === own.publicKey) throw new Unusable('it has the key of this server');
  requireAcceptableKey(publicKey);
  const { note, ...claim } = await claimOf(row, { serverUuid, serverId, publicKey }, surroundings);
  requireCallable(claim.endpoints, surroundings.addresses);
  const firstSeenAt = pastTime(row, 'first_seen_at', nowMs) ?? claim.announcedAt ?? nowMs;
  const lastSeenAt = Math.max(firstSeenAt, pastTime(row, 'last_seen_at', nowMs) ?? firstSeenAt);
  const value = {
    serverUuid,
    serverId,
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    ...claim,
    // Of hearsay the earliest, so that whatever it announces next is later.
    announcedAt: claim.announcedAt ?? firstSeenAt,
    firstSeenAt,
    lastSeenAt,
    trust: TRUST[(optionalText(row, 'trust_status') ?? '').toLowerCase()] ?? 'unknown',
    blockedUntil: null,
  };
  return note === undefined ? { what, value } : { what, value, note };
}

type Known = Pick<PlannedPeer, 'serverUuid' | 'serverId' | 'publicKey'>;

async function claimOf(row: Row, known: Known, surroundings: PeerSurroundings): Promise<Claim> {
  try {
    const announcement = announcementMessage.decode(parseJson(text(row, 'last_announcement')));
    await requireProof(announcement, known, surroundings);
    return {
      endpoints: announcement.endpoints,
      announcement: announcementMessage.encode(announcement),
      announcedAt: parseTimestamp(announcement.timestamp),
    };
  } catch (error) {
    if (!(error instanceof Unusable || error instanceof FederationError)) throw error;
    return {
      endpoints: endpointsOf(row),
      announcement: null,
      announcedAt: null,
      note: `on hearsay: its last_announcement proves nothing (${error.message})`,
    };
  }
}

async function requireProof(
  announcement: Announcement,
  known: Known,
  { verifier, nowMs }: PeerSurroundings,
): Promise<void> {
  requireAcceptableAnnouncement(announcement);
  const isOfRow =
    announcement.serverUuid === known.serverUuid &&
    normalizeServerId(announcement.serverId) === known.serverId &&
    announcement.publicKey === known.publicKey;
  if (!isOfRow) throw new Unusable('it names another server or key than its row');
  if (parseTimestamp(announcement.timestamp)! - nowMs > CLOCK_SKEW_MS)
    throw new Unusable('it is dated in the future');
  const signed = announcementMessage.signingText(announcement);
  if (!(await verifier.verify(known.publicKey, signed, announcement.signature)))
    throw new Unusable('its signature does not hold');
}

function endpointsOf(row: Row): Endpoints {
  const value = parseJson(text(row, 'endpoints'));
  if (!isJsonObject(value)) throw new Unusable('endpoints is not a JSON object');
  const { discovery, federation } = value;
  if (typeof discovery !== 'string' || typeof federation !== 'string')
    throw new Unusable('endpoints lacks federation or discovery');
  if (![discovery, federation].every((url) => url.isWellFormed() && !url.includes('\0')))
    throw new Unusable('endpoints holds what no database stores');
  checkEndpoints({ discovery, federation });
  return { discovery, federation };
}

function requireCallable({ discovery }: Endpoints, addresses: AddressPolicy): void {
  const address = addresses.blockedAddressOf(discovery);
  if (address === null) return;
  throw new Unusable(`its address ${address} is not public (LATTICE_ALLOW_ADDRESSES can allow it)`);
}

/** Why a peer is not kept, for those that are not: what is signed beats hearsay, then who was known first. */
function keepOneEach(peers: readonly PlannedPeer[]): ReadonlyMap<PlannedPeer, string> {
  const reasons = new Map<PlannedPeer, string>();
  const uuids = new Set<string>();
  const names = new Set<string>();
  for (const peer of peers.toSorted(byClaim)) {
    if (uuids.has(peer.serverUuid)) reasons.set(peer, 'another row has its server_uuid, with a better claim');
    else if (names.has(peer.serverId)) reasons.set(peer, 'another row has its name, with a better claim');
    else if (uuids.size >= MAX_PEERS) reasons.set(peer, 'the directory is full');
    else {
      uuids.add(peer.serverUuid);
      names.add(peer.serverId);
    }
  }
  return reasons;
}

function byClaim(a: PlannedPeer, b: PlannedPeer): number {
  return Number(a.announcement === null) - Number(b.announcement === null) || a.firstSeenAt - b.firstSeenAt;
}
