import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnouncedStatement, Link, RecordState, SignedStatement } from '../protocol/records/record.js';
import { decideRelayed, type HeldRecord, type RelayedDecision, type RelayedFacts } from './relayed-policy.js';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PLACE = { discovery: 'https://a.example/d', federation: 'https://a.example/f' };

const link = (key: string, at = NOW - 9 * DAY): Link => ({
  fingerprint: key,
  at,
  hash: `to ${key} at ${at}`,
});
const said = (signedBy: string, ageMs = HOUR, material = 'same'): AnnouncedStatement => ({
  signedBy,
  at: NOW - ageMs,
  hash: `${signedBy} ${ageMs} ${material}`,
  materialHash: `${signedBy} ${material}`,
});
const ended = (signedBy: string, ageMs = HOUR): SignedStatement => ({
  signedBy,
  at: NOW - ageMs,
  hash: `end by ${signedBy}`,
});

/** Keys in their order; the last one has announced itself. */
function record(keys: string, given: Partial<RecordState> = {}): RecordState {
  const [first, ...others] = keys.split(' ');
  return {
    serverUuid: 'a',
    firstFingerprint: first!,
    chain: others.map((key) => link(key)),
    announcement: said(others.at(-1) ?? first!),
    revocation: null,
    voidRevocation: null,
    ...given,
  };
}

function held(state: RecordState, given: Partial<HeldRecord> = {}): HeldRecord {
  return {
    state,
    serverId: 'a.example',
    endpoints: PLACE,
    trust: 'unknown',
    announcedAt: state.announcement?.at ?? 0,
    ...given,
  };
}

function decide(incoming: RecordState, given: Partial<RelayedFacts> = {}): RelayedDecision {
  return decideRelayed({
    nowMs: NOW,
    own: record('OURS', { serverUuid: 'us' }),
    ourName: 'us.example',
    incoming,
    announced: incoming.announcement === null ? null : { serverId: 'a.example', endpoints: PLACE },
    held: null,
    nameOwner: null,
    blocked: false,
    uuidRevoked: false,
    tombstone: null,
    approvedKey: null,
    fromOrigin: false,
    ...given,
  });
}

function inWords(decision: RelayedDecision): string {
  if (decision.type !== 'refuse') return decision.type;
  return decision.claim === null ? decision.code : `${decision.code}, claims ${decision.claim.kind}`;
}

const TOMBSTONE = { fingerprint: 'K0', announcedAt: NOW - 2 * DAY, revoked: false };

describe('a record of a server that is not on file', () => {
  it.each<[string, RecordState, Partial<RelayedFacts>, string]>([
    ['is taken', record('K0'), {}, 'introduce'],
    ['is taken with its rotations', record('K0 K1 K2'), {}, 'introduce'],
    [
      'is taken to 7 days and 5 minutes',
      record('K0', { announcement: said('K0', 7 * DAY + HOUR / 12) }),
      {},
      'introduce',
    ],
    [
      'is refused when it is older',
      record('K0', { announcement: said('K0', 7 * DAY + HOUR) }),
      {},
      'announcement_expired',
    ],
    [
      'is refused when it comes from the future',
      record('K0', { announcement: said('K0', -HOUR) }),
      {},
      'announcement_in_future',
    ],
    [
      'is refused when a rotation comes from there',
      record('K0', { chain: [link('K1', NOW + HOUR)], announcement: said('K1') }),
      {},
      'announcement_in_future',
    ],
    [
      'is refused while its last key has announced nothing',
      record('K0 K1', { announcement: null, chain: [link('K1', NOW)] }),
      {},
      'unknown_peer',
    ],
    ['is refused where the operator blocks it', record('K0'), { blocked: true }, 'peer_blocked'],
    ['is refused where the UUID was revoked', record('K0'), { uuidRevoked: true }, 'identity_revoked'],
    [
      'is kept as a claim where the name is another’s',
      record('K0'),
      { nameOwner: 'b' },
      'name_taken, claims server_id',
    ],
    ['is refused under our own name', record('K0'), { ourName: 'a.example' }, 'name_taken'],
    ['with its end is taken', record('K0', { revocation: ended('K0') }), {}, 'introduce'],
    [
      'with its end is taken when it announced itself long ago',
      record('K0', { announcement: said('K0', 30 * DAY), revocation: ended('K0') }),
      {},
      'introduce',
    ],
    [
      'with its end alone leaves that',
      record('K0 K1', { announcement: null, revocation: ended('K1') }),
      {},
      'bury',
    ],
    [
      'with an end long ago is refused',
      record('K0', { revocation: ended('K0', 91 * DAY) }),
      {},
      'announcement_expired',
    ],
    [
      'is refused where a tombstone is as new',
      record('K0', { announcement: said('K0', 2 * DAY) }),
      { tombstone: TOMBSTONE },
      'announcement_superseded',
    ],
    ['is taken where it is newer than the tombstone', record('K0'), { tombstone: TOMBSTONE }, 'introduce'],
    [
      'is refused under a key that the tombstone’s has replaced',
      record('K0'),
      { tombstone: { ...TOMBSTONE, fingerprint: 'K1' } },
      'announcement_superseded',
    ],
    [
      'is refused where a tombstone tells of its end',
      record('K0'),
      { tombstone: { ...TOMBSTONE, revoked: true } },
      'identity_revoked',
    ],
  ])('%s', (_, incoming, given, expected) => {
    expect(inWords(decide(incoming, given))).toBe(expected);
  });
});

describe('a record of a server on file', () => {
  const known = held(record('K0 K1'));
  it.each<[string, HeldRecord, RecordState, Partial<RelayedFacts>, string]>([
    ['that says the same changes nothing', known, record('K0 K1'), {}, 'unchanged'],
    ['that is later is merged', known, record('K0 K1', { announcement: said('K1', 0) }), {}, 'merge'],
    ['with three more keys is merged', known, record('K0 K1 K2 K3 K4'), {}, 'merge'],
    [
      'that is older changes nothing',
      known,
      record('K0 K1', { announcement: said('K1', 2 * HOUR) }),
      {},
      'unchanged',
    ],
    [
      'that says other things and was overtaken by what we heard is refused',
      held(record('K0'), { announcedAt: NOW }),
      record('K0', { announcement: said('K0', 0.5 * HOUR, 'other') }),
      {},
      'announcement_superseded',
    ],
    [
      'of another identity is kept as a claim',
      known,
      record('X X1 X2 X3'),
      {},
      'key_mismatch, claims server_uuid',
    ],
    [
      'that claims to be its past is a claim, too',
      held(record('K1')),
      record('X K1'),
      {},
      'key_mismatch, claims server_uuid',
    ],
    [
      'that tells its past itself is merged',
      held(record('K1')),
      record('K0 K1'),
      { fromOrigin: true },
      'merge',
    ],
    ['that begins in the middle of its keys is merged', known, record('K1 K2'), {}, 'merge'],
    [
      'with another successor of a key is a fork',
      known,
      record('K0 THIEF T2 T3'),
      {},
      'key_mismatch, claims fork',
    ],
    [
      'with another successor that the operator approved is taken',
      known,
      record('K0 K2'),
      { approvedKey: 'K2' },
      'merge',
    ],
    [
      'with another successor than the one that he approved is a fork',
      known,
      record('K0 K2'),
      { approvedKey: 'K1' },
      'key_mismatch, claims fork',
    ],
    [
      'whose first key he approved is a fork as any',
      known,
      record('K0 K2'),
      { approvedKey: 'K0' },
      'key_mismatch, claims fork',
    ],
    ['with another successor is taken from itself', known, record('K0 K2'), { fromOrigin: true }, 'merge'],
    ['with its end is merged', known, record('K0 K1', { revocation: ended('K1') }), {}, 'merge'],
    [
      'that ended and goes on is a fork',
      held(record('K0', { revocation: ended('K0') })),
      record('K0 K1'),
      {},
      'key_mismatch, claims fork',
    ],
    [
      'that ended and goes on is one from itself, too',
      held(record('K0', { revocation: ended('K0') })),
      record('K0 K1'),
      { fromOrigin: true },
      'key_mismatch, claims fork',
    ],
    [
      'under a name of another is a claim',
      known,
      record('K0 K1', { announcement: said('K1', 0, 'renamed') }),
      { nameOwner: 'b' },
      'name_taken, claims server_id',
    ],
    [
      'that is blocked here is refused',
      held(record('K0'), { trust: 'blocked' }),
      record('K0 K1'),
      {},
      'peer_blocked',
    ],
    [
      'that is too old brings its keys all the same',
      known,
      record('K0 K1 K2', { announcement: said('K2', 9 * DAY) }),
      {},
      'merge',
    ],
  ])('%s', (_, onFile, incoming, given, expected) => {
    expect(inWords(decide(incoming, { held: onFile, ...given }))).toBe(expected);
  });

  it('is not ended by a key that it has left: that is kept without effect', () => {
    const decision = decide(record('K0', { revocation: ended('K0') }), { held: known });
    expect(decision).toMatchObject({
      type: 'merge',
      state: { revocation: null, voidRevocation: ended('K0') },
    });
  });

  it.each([
    ['over 12 hours newer', 13 * HOUR, true],
    ['a little newer', 2 * HOUR, false],
  ])('is worth a rumour where it says the same and is %s: %s', (_, ageMs, isNews) => {
    const onFile = held(record('K0', { announcement: said('K0', ageMs) }));
    expect(decide(record('K0', { announcement: said('K0', 0) }), { held: onFile })).toMatchObject({
      announces: true,
      isNews,
    });
  });
});

describe('a record of ourselves', () => {
  const own = record('OURS O1', { serverUuid: 'us' });
  it.each([
    ['is nothing new', record('OURS O1', { serverUuid: 'us' }), 'unchanged'],
    ['of before our last rotation is nothing new', record('OURS', { serverUuid: 'us' }), 'unchanged'],
    [
      'with a key that is not ours is told',
      record('X', { serverUuid: 'us' }),
      'key_mismatch, claims server_uuid',
    ],
    [
      'with another successor of our key is told',
      record('OURS X', { serverUuid: 'us' }),
      'key_mismatch, claims fork',
    ],
    [
      'with a successor of our key is told',
      record('OURS O1 X', { serverUuid: 'us' }),
      'key_mismatch, claims fork',
    ],
  ])('%s', (_, incoming, expected) => {
    expect(inWords(decide(incoming, { own }))).toBe(expected);
  });
});

it('whatever order records of one identity come in, the same is on file in the end', () => {
  const all = [
    record('K0', { announcement: said('K0', 3 * HOUR) }),
    record('K0', { announcement: said('K0', 5 * HOUR), revocation: ended('K0') }),
    record('K0 K1', { announcement: said('K1', 2 * HOUR) }),
    record('K0 K1 K2', { announcement: null, chain: [link('K1'), link('K2', NOW - HOUR)] }),
    record('K0 K1 K2', { announcement: said('K2', HOUR / 2) }),
  ];
  const take = (state: RecordState, incoming: RecordState): RecordState => {
    const decision = decide(incoming, { held: held(state) });
    return decision.type === 'merge' ? decision.state : state;
  };
  // The end by K0 counts for who knows no successor; so it comes after the record that has one.
  const [first, , ...others] = all;
  const order = fc.shuffledSubarray([...others, ...others], { minLength: 2 * others.length });
  fc.assert(
    fc.property(order, fc.nat(), (arriving, place) => {
      const known = [...arriving];
      const after = known.findIndex(({ chain }) => chain.some(({ fingerprint }) => fingerprint === 'K1')) + 1;
      known.splice(after + (place % (known.length - after + 1)), 0, all[1]!);
      const end = known.reduce(take, first!);
      expect(end).toEqual(
        record('K0 K1 K2', {
          chain: [link('K1'), link('K2', NOW - HOUR)],
          announcement: said('K2', HOUR / 2),
          voidRevocation: ended('K0'),
        }),
      );
    }),
  );
});
