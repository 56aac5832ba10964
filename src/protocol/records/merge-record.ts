import {
  lastFingerprint,
  type Link,
  type RecordState,
  type SignedStatement,
  type Statement,
} from './record.js';

/** Two successors of one key: it was stolen, or copied (wire protocol 2.2). */
export interface Fork {
  /** Fingerprint of the key that has two successors. */
  readonly fingerprint: string;
  readonly held: Link;
  readonly other: Link;
}

export type MergeOutcome =
  /** Nothing that the other record holds is news. */
  | { readonly type: 'unchanged' }
  /** `material`: more has changed than the time of the announcement. */
  | { readonly type: 'changed'; readonly state: RecordState; readonly material: boolean }
  /** What is held stays in use: only proof from the origin, or the operator's word, moves it. */
  | { readonly type: 'forked'; readonly fork: Fork };

/**
 * Joins what two servers know of one identity (wire protocol 2.2). Commutative, associative and idempotent over records
 * whose chains agree, so the order of arrival makes no difference: the longest chain is kept; of announcements and
 * revocations by its last key, the greatest in a total order each; what an earlier key signed falls out, but for one
 * revocation, which is kept without effect. Chains that part from each other have no join, and leave what is held.
 *
 * @throws Error for records of two identities: these never merge
 */
export function mergeRecord(held: RecordState, incoming: RecordState): MergeOutcome {
  if (held.serverUuid !== incoming.serverUuid || held.firstFingerprint !== incoming.firstFingerprint) {
    throw new Error('Records of two identities do not merge.');
  }
  const fork = forkOf(held, incoming);
  if (fork !== null) return { type: 'forked', fork };
  const chain = joinChains(held.chain, incoming.chain);
  const last = lastFingerprint({ firstFingerprint: held.firstFingerprint, chain });
  const revocations = [held, incoming].flatMap((record) => [record.revocation, record.voidRevocation]);
  const state: RecordState = {
    serverUuid: held.serverUuid,
    firstFingerprint: held.firstFingerprint,
    chain,
    announcement: greatest(
      [held.announcement, incoming.announcement].filter((statement) => statement?.signedBy === last),
    ),
    revocation: greatest(revocations.filter((statement) => statement?.signedBy === last)),
    voidRevocation: greatest(revocations.filter((statement) => statement?.signedBy !== last)),
  };
  if (isSame(held, state)) return { type: 'unchanged' };
  return { type: 'changed', state, material: materialOf(held) !== materialOf(state) };
}

/** A revoked identity never comes back (wire protocol 2.2). */
export function isRevoked(record: RecordState): boolean {
  return record.revocation !== null;
}

/** All but the announcement's timestamp and signature (wire protocol 2.2). */
function materialOf({ chain, announcement, revocation, voidRevocation }: RecordState): string {
  return [
    ...chain.map((link) => link.fingerprint),
    announcement?.materialHash,
    revocation?.hash,
    voidRevocation?.hash,
  ].join(' ');
}

/** The first place at which the chains bring in different keys. */
function forkOf(held: RecordState, incoming: RecordState): Fork | null {
  const common = Math.min(held.chain.length, incoming.chain.length);
  for (let place = 0; place < common; place += 1) {
    const [ours, other] = [held.chain[place]!, incoming.chain[place]!];
    if (ours.fingerprint === other.fingerprint) continue;
    const fingerprint = held.chain[place - 1]?.fingerprint ?? held.firstFingerprint;
    return { fingerprint, held: ours, other };
  }
  return null;
}

/** One rotation may have been signed twice: link by link, the greater counts. */
function joinChains(held: readonly Link[], incoming: readonly Link[]): readonly Link[] {
  const longer = held.length >= incoming.length ? held : incoming;
  return longer.map((link, place) => greatest([held[place] ?? link, incoming[place] ?? link])!);
}

/** The later one, then the one with the smaller hash (wire protocol 2.2). */
function greatest<S extends Statement>(statements: readonly (S | null)[]): S | null {
  return statements.reduce(
    (best, other) => (other !== null && (best === null || isGreater(other, best)) ? other : best),
    null,
  );
}

function isGreater(one: Statement, other: Statement): boolean {
  return one.at === other.at ? one.hash < other.hash : one.at > other.at;
}

function isSame(one: RecordState, other: RecordState): boolean {
  const statements = ({ chain, announcement, revocation, voidRevocation }: RecordState): string =>
    [...chain, announcement, revocation, voidRevocation]
      .map((statement: Statement | SignedStatement | null) => statement?.hash)
      .join(' ');
  return one.chain.length === other.chain.length && statements(one) === statements(other);
}
