import type { Endpoints } from '../protocol/endpoints.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { CLOCK_SKEW_MS } from '../protocol/limits.js';
import { isRevoked, mergeRecord, type MergeOutcome } from '../protocol/records/merge-record.js';
import { isNews } from '../protocol/records/news.js';
import { isPastRelay, relayedUntil } from '../protocol/records/relay-age.js';
import { lastFingerprint, type RecordState } from '../protocol/records/record.js';
import type { Trust } from './peer.js';
import { rootedAlike } from './rooted-alike.js';

/** What is on file under the UUID of a record. */
export interface HeldRecord {
  readonly state: RecordState;
  readonly serverId: string;
  readonly endpoints: Endpoints;
  readonly trust: Trust;
  /** Of the latest announcement heard; the record may hold an earlier one that says the same. */
  readonly announcedAt: number;
}

/** What is left of an identity that was deleted here (wire protocol 2.2). */
export interface Tombstone {
  /** Of its last key. */
  readonly fingerprint: string;
  readonly announcedAt: number;
  readonly revoked: boolean;
}

export interface RelayedFacts {
  readonly nowMs: number;
  /** Our own record. */
  readonly own: RecordState;
  readonly ourName: string;
  /** Supposing that every signature holds. */
  readonly incoming: RecordState;
  /** What its announcement says; null without one. */
  readonly announced: { readonly serverId: string; readonly endpoints: Endpoints } | null;
  readonly held: HeldRecord | null;
  /** UUID of the peer that holds the announced name, or to which it stays reserved. */
  readonly nameOwner: string | null;
  readonly blocked: boolean;
  /** Of this UUID, for ever, by whatever identity was known here under it. */
  readonly uuidRevoked: boolean;
  /** Fingerprint under which the operator approved of this UUID last; null where he has not. */
  readonly approvedKey: string | null;
  readonly tombstone: Tombstone | null;
  /** It comes from the server itself: from the endpoints on file, where it has proved itself. */
  readonly fromOrigin: boolean;
}

export interface Claim {
  /** On whom: the UUID of the server on file. */
  readonly serverUuid: string;
  readonly kind: 'server_uuid' | 'server_id' | 'fork';
  /** First key of the claimant; of a fork, the other successor. */
  readonly fingerprint: string;
}

export type RelayedDecision =
  | { readonly type: 'unchanged' }
  /** `claim`: to be shown to the operator once its signatures hold. */
  | {
      readonly type: 'refuse';
      readonly code: FederationErrorCode;
      readonly detail: string;
      readonly claim: Claim | null;
    }
  | { readonly type: 'introduce'; readonly state: RecordState }
  /** Of an identity unknown here that has ended, and whose row would have no name or place: its end alone is kept. */
  | { readonly type: 'bury'; readonly state: RecordState }
  | {
      readonly type: 'merge';
      readonly state: RecordState;
      /** The announcement of the record is taken; where it is not, name and place stay. */
      readonly announces: boolean;
      /** Worth a rumour (wire protocol 2.5). */
      readonly isNews: boolean;
    };

type Refusal = Extract<RelayedDecision, { type: 'refuse' }>;

/**
 * What a record that another server brought does to the directory (wire protocol 2.2). The caller verifies its signatures
 * before it acts on anything but `unchanged` and a refusal without a claim.
 */
export function decideRelayed(facts: RelayedFacts): RelayedDecision {
  const { incoming, held, tombstone } = facts;
  if (incoming.serverUuid === facts.own.serverUuid) return decideOwn(facts);
  if (facts.blocked || held?.trust === 'blocked')
    return refuse('peer_blocked', 'this server is blocked here');
  const future = refuseFuture(incoming, facts.nowMs);
  if (future !== null) return future;
  if (held !== null) return decideKnown(facts, held);
  if (facts.uuidRevoked || tombstone?.revoked === true) {
    return refuse('identity_revoked', 'this identity was revoked; it cannot come back');
  }
  if (tombstone !== null && !outlives(incoming, tombstone)) {
    return refuse('announcement_superseded', 'this server was deleted here, and the record is no newer');
  }
  return decideNewcomer(facts);
}

/** Whether a record is of the deleted identity's last key, or a later one, and says something later. */
function outlives(incoming: RecordState, { fingerprint, announcedAt }: Tombstone): boolean {
  const keys = [incoming.firstFingerprint, ...incoming.chain.map((link) => link.fingerprint)];
  return keys.includes(fingerprint) && (incoming.announcement?.at ?? Number.NEGATIVE_INFINITY) > announcedAt;
}

function decideNewcomer({ incoming, announced, nowMs, nameOwner, ourName }: RelayedFacts): RelayedDecision {
  const until = relayedUntil(incoming);
  if (until === null || until + CLOCK_SKEW_MS < nowMs) {
    return refuse('announcement_expired', 'the record is too old to be relayed');
  }
  const ended = isRevoked(incoming);
  if (announced === null) {
    if (ended) return { type: 'bury', state: incoming };
    return refuse('unknown_peer', 'its last key has announced nothing yet, so nobody knows where it is');
  }
  if (!ended && isPastRelay(incoming.announcement!.at, nowMs)) {
    return refuse('announcement_expired', 'the record is too old to be relayed');
  }
  if (nameOwner === null && announced.serverId !== ourName) return { type: 'introduce', state: incoming };
  if (ended) return { type: 'bury', state: incoming };
  return refuseName(incoming, announced.serverId, nameOwner);
}

function decideKnown(facts: RelayedFacts, held: HeldRecord): RelayedDecision {
  const rooted = rootedAlike(held.state, facts.incoming, facts.fromOrigin);
  if (rooted === null) {
    const { serverUuid, firstFingerprint } = facts.incoming;
    const detail = 'this server_uuid is on file for another identity, which was known first';
    return refuse('key_mismatch', detail, { serverUuid, kind: 'server_uuid', fingerprint: firstFingerprint });
  }
  const name = announcementFault(facts, held);
  const incoming = name === null ? rooted.incoming : { ...rooted.incoming, announcement: null };
  const merged = mergeRecord(rooted.held, incoming);
  const isTrueFork = facts.fromOrigin || isChosen(facts.approvedKey, incoming, rooted.held);
  const decision = ofMerge(merged, rooted.held, { incoming, isTrueFork });
  if (decision.type === 'unchanged' && rooted.held !== held.state) {
    return { type: 'merge', state: rooted.held, announces: false, isNews: true };
  }
  return decision.type === 'unchanged' && name !== null ? name : decision;
}

function ofMerge(
  merged: MergeOutcome,
  held: RecordState,
  { incoming, isTrueFork }: { readonly incoming: RecordState; readonly isTrueFork: boolean },
): RelayedDecision {
  if (merged.type === 'unchanged') return merged;
  if (merged.type === 'forked') {
    if (isTrueFork && !isRevoked(held)) return insteadOf(incoming);
    return refuseFork(incoming.serverUuid, merged.fork.other.fingerprint);
  }
  const { state } = merged;
  // The key that ended this identity has signed a successor as well: as with two successors, one of them is a thief's.
  if (isRevoked(held) && !isRevoked(state)) {
    return refuseFork(incoming.serverUuid, state.chain[held.chain.length]!.fingerprint);
  }
  const announces = state.announcement !== null && state.announcement.hash !== held.announcement?.hash;
  const heldAt = held.announcement?.at ?? Number.NEGATIVE_INFINITY;
  const newerByMs = announces ? state.announcement.at - heldAt : 0;
  return { type: 'merge', state, announces, isNews: isNews({ material: merged.material, newerByMs }) };
}

/** The operator's word: of two successors of a key, the one that he approved. */
function isChosen(approvedKey: string | null, incoming: RecordState, held: RecordState): boolean {
  const has = ({ chain }: RecordState): boolean => chain.some((link) => link.fingerprint === approvedKey);
  return approvedKey !== null && has(incoming) && !has(held);
}

/** Where the origin itself, or the operator, says that the keys on file were never its own. */
function insteadOf(incoming: RecordState): RelayedDecision {
  return { type: 'merge', state: incoming, announces: incoming.announcement !== null, isNews: true };
}

/** Why the announcement of a record about a known server must not be taken, whatever else the record brings. */
function announcementFault(
  { incoming, announced, nameOwner, nowMs, ourName }: RelayedFacts,
  held: HeldRecord,
): Refusal | null {
  const { announcement } = incoming;
  if (announcement === null || announced === null) return null;
  if (isPastRelay(announcement.at, nowMs)) {
    return refuse('announcement_expired', 'the record is too old to be relayed');
  }
  const saysTheSame = announcement.materialHash === held.state.announcement?.materialHash;
  if (
    announcement.at < held.announcedAt &&
    !saysTheSame &&
    lastFingerprint(incoming) === lastFingerprint(held.state)
  ) {
    return refuse('announcement_superseded', 'a later announcement of this server was heard');
  }
  const isTaken = nameOwner !== null && nameOwner !== incoming.serverUuid;
  if (announced.serverId === ourName || isTaken) return refuseName(incoming, announced.serverId, nameOwner);
  return null;
}

/** What we say of ourselves needs nobody's telling; a key of ours that somebody else uses is worth a word in the log. */
function decideOwn({ own, incoming }: RelayedFacts): RelayedDecision {
  const { serverUuid, firstFingerprint } = incoming;
  const rooted = rootedAlike(own, incoming, false);
  if (rooted === null) {
    const detail = 'this server_uuid is our own, and the keys are not';
    return refuse('key_mismatch', detail, { serverUuid, kind: 'server_uuid', fingerprint: firstFingerprint });
  }
  const merged = mergeRecord(rooted.held, rooted.incoming);
  const beyond = rooted.incoming.chain[own.chain.length];
  if (merged.type === 'forked') return refuseFork(serverUuid, merged.fork.other.fingerprint);
  return beyond === undefined ? { type: 'unchanged' } : refuseFork(serverUuid, beyond.fingerprint);
}

function refuseFuture(incoming: RecordState, nowMs: number): Refusal | null {
  const statements = [...incoming.chain, incoming.announcement, incoming.revocation, incoming.voidRevocation];
  if (!statements.some((statement) => statement !== null && statement.at - nowMs > CLOCK_SKEW_MS))
    return null;
  return refuse('announcement_in_future', 'the record is dated more than 5 minutes ahead; check both clocks');
}

function refuseName(incoming: RecordState, serverId: string, owner: string | null): Refusal {
  const claim: Claim | null =
    owner === null ? null : { serverUuid: owner, kind: 'server_id', fingerprint: incoming.firstFingerprint };
  return refuse('name_taken', `the name ${serverId} belongs to another server`, claim);
}

function refuseFork(serverUuid: string, fingerprint: string): Refusal {
  const detail = 'a key of this identity has two successors; the one on file stays';
  return refuse('key_mismatch', detail, { serverUuid, kind: 'fork', fingerprint });
}

function refuse(code: FederationErrorCode, detail: string, claim: Claim | null = null): Refusal {
  return { type: 'refuse', code, detail, claim };
}
