import { datedWrongly } from '../protocol/dating.js';
import type { Endpoints } from '../protocol/endpoints.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { ANNOUNCEMENT_MAX_AGE_MS } from '../protocol/limits.js';
import type { Peer, Standing } from './peer.js';

export interface AnnouncementFacts extends Standing {
  readonly nowMs: number;
  /** Whether the operator's blocklist holds this server, whom we may not know yet. */
  readonly blocked: boolean;
  readonly self: { readonly serverUuid: string; readonly serverId: string; readonly publicKey: string };
  readonly announced: Announced;
}

/** What an announcement says of its server; `announcedAt` in epoch milliseconds. */
export interface Announced {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly announcedAt: number;
  readonly endpoints: Endpoints;
}

export type AnnouncementDecision =
  /** `contests`: UUID of the server that holds the name by hearsay alone (wire protocol 2.2), to which it may have to give way. */
  | { readonly type: 'newcomer'; readonly contests: string | null }
  /** `introduced`: it was known from others alone, and is a newcomer to whoever admits. */
  | { readonly type: 'refresh'; readonly moved: boolean; readonly introduced: boolean }
  | { readonly type: 'rename'; readonly contests: string | null }
  | { readonly type: 'ignore'; readonly reason: 'own' | 'repeated' }
  | { readonly type: 'reject'; readonly code: FederationErrorCode; readonly detail: string };

/**
 * What an announcement does to the directory (wire protocol 1.3, ServerAnnouncement), supposing that its
 * signature holds: the caller verifies it before it acts on anything but `ignore` and `reject`.
 */
export function decideAnnouncement(facts: AnnouncementFacts): AnnouncementDecision {
  const { announced, known, self, nameOwner } = facts;
  if (announced.serverUuid === self.serverUuid) return decideOwn(self.publicKey, announced.publicKey);
  if (facts.revoked || known?.trust === 'revoked') {
    return reject('identity_revoked', 'this identity was revoked; it cannot announce itself again');
  }
  if (facts.blocked || known?.trust === 'blocked')
    return reject('peer_blocked', 'this server is blocked here');
  const wrong = datedWrongly('announcement', announced.announcedAt, facts.nowMs, ANNOUNCEMENT_MAX_AGE_MS);
  if (wrong !== null) return reject(`announcement_${wrong.how}`, wrong.detail);
  if (known !== null && known.publicKey !== announced.publicKey) {
    return reject(
      'key_mismatch',
      'this server_uuid is on file under another key; a key changes by a signed key_rotation only',
    );
  }
  const contests = nameOwner === announced.serverUuid ? null : nameOwner;
  if (announced.serverId === self.serverId || (contests !== null && !facts.isNameHearsay)) {
    return reject('name_taken', `the name ${announced.serverId} belongs to another server`);
  }
  if (known === null) return { type: 'newcomer', contests };
  const introduced = known.introducedBy !== null;
  // What it says itself is no news, but that it says so itself is: it has yet to be admitted.
  if (introduced && announced.announcedAt <= known.announcedAt && isOnFileAs(known, announced))
    return { type: 'refresh', moved: false, introduced };
  if (announced.announcedAt === known.announcedAt) return { type: 'ignore', reason: 'repeated' };
  if (announced.announcedAt < known.announcedAt) {
    return reject('announcement_superseded', 'a later announcement of this server is already held');
  }
  if (announced.serverId !== known.serverId) return { type: 'rename', contests };
  return { type: 'refresh', moved: !isOnFileAs(known, announced), introduced };
}

/** Under this name at these endpoints. */
function isOnFileAs({ serverId, endpoints }: Peer, announced: Announced): boolean {
  return (
    serverId === announced.serverId &&
    endpoints.discovery === announced.endpoints.discovery &&
    endpoints.federation === announced.endpoints.federation
  );
}

/** Of a server that is on file exactly as it announces itself, and that nothing is held against. */
export function supposedStanding({ serverUuid, serverId, publicKey, endpoints }: Announced): Standing {
  const known: Standing['known'] = {
    serverUuid,
    serverId,
    publicKey,
    fingerprint: '',
    endpoints,
    trust: 'unknown',
    announcedAt: Number.NEGATIVE_INFINITY,
    lastSeenAt: Number.NEGATIVE_INFINITY,
    provenAt: null,
    introducedBy: null,
    speaksExt: false,
  };
  return { known, nameOwner: serverUuid, isNameHearsay: false, revoked: false };
}

/** Somebody who uses our server_uuid with a key of his own, be it a copy of our database, is worth a word in the log. */
function decideOwn(ourKey: string, announcedKey: string): AnnouncementDecision {
  if (announcedKey === ourKey) return { type: 'ignore', reason: 'own' };
  return reject('key_mismatch', 'this server_uuid is our own, and the key is not');
}

function reject(code: FederationErrorCode, detail: string): AnnouncementDecision {
  return { type: 'reject', code, detail };
}
