import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRevoked, mergeRecord, type MergeOutcome } from './merge-record.js';
import { recordHash } from './record-hash.js';
import { lastFingerprint, type Link, type RecordState, type SignedStatement } from './record.js';

const FIRST = 'K0';

function link(place: number, at = place, fingerprint = `K${place}`): Link {
  return { fingerprint, at, hash: `rotation ${fingerprint} ${at}` };
}

function record(given: Partial<RecordState> & { keys?: number } = {}): RecordState {
  const { keys = 0, ...fields } = given;
  const chain = Array.from({ length: keys }, (_, place) => link(place + 1));
  const nothing = { announcement: null, revocation: null, voidRevocation: null };
  return { serverUuid: 'u', firstFingerprint: FIRST, chain, ...nothing, ...fields };
}

function announcement(signedBy: string, at: number, hash = `a${at}`): RecordState['announcement'] {
  return { signedBy, at, hash, materialHash: `m${at % 3}` };
}

function revocation(signedBy: string, at = 1): SignedStatement {
  return { signedBy, at, hash: `r${signedBy}${at}` };
}

function join(one: RecordState, other: RecordState): RecordState {
  return stateOf(one, mergeRecord(one, other));
}

function stateOf(held: RecordState, outcome: MergeOutcome): RecordState {
  return outcome.type === 'changed' ? outcome.state : held;
}

/** What servers may hold of one identity whose keys were never stolen. */
const records: fc.Arbitrary<RecordState> = fc.integer({ min: 0, max: 3 }).chain((keys) => {
  const signer = fc.integer({ min: 0, max: keys }).map((place) => `K${place}`);
  const times = fc.integer({ min: 0, max: 4 });
  const announced = times.chain((at) =>
    fc.constantFrom('x', 'y').map((hash) => announcement(`K${keys}`, at, hash + at)),
  );
  const revoked = fc.tuple(signer, times).map(([signedBy, at]) => revocation(signedBy, at));
  return fc
    .record({ announcement: fc.option(announced), statement: fc.option(revoked), rotatedAt: times })
    .map(({ announcement: said, statement, rotatedAt }) => {
      const chain = Array.from({ length: keys }, (_, place) => link(place + 1, rotatedAt));
      const isVoid = statement !== null && statement.signedBy !== `K${keys}`;
      const [end, without] = isVoid ? [null, statement] : [statement, null];
      return record({ chain, announcement: said, revocation: end, voidRevocation: without });
    });
});

describe('records of one identity', () => {
  it('merge to the same in any order, grouping and number', () => {
    fc.assert(
      fc.property(records, records, records, (a, b, c) => {
        expect(join(a, b)).toEqual(join(b, a));
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
        expect(join(a, a)).toEqual(a);
        expect(join(join(a, b), b)).toEqual(join(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never come back once the last key has ended them, whatever arrives afterwards in whatever order', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 6 }), fc.integer({ min: 0, max: 5 }), (others, position) => {
        const end = record({ keys: 3, revocation: revocation('K3') });
        const arriving = [...others];
        arriving.splice(position, 0, end);
        expect(isRevoked(arriving.reduce(join, record()))).toBe(true);
      }),
    );
  });

  it('have the same hash where they say the same, and another where they do not', () => {
    fc.assert(
      fc.property(records, records, (a, b) => {
        expect(recordHash(join(a, b))).toBe(recordHash(join(b, a)));
        expect(recordHash(a) === recordHash(b)).toBe(
          mergeRecord(a, b).type === 'unchanged' && mergeRecord(b, a).type === 'unchanged',
        );
      }),
    );
  });
});

describe('what is kept', () => {
  it('of a server that was away for three rotations: its new keys and the announcement under the last', () => {
    const held = record({ announcement: announcement('K0', 1) });
    const now = record({ keys: 3, announcement: announcement('K3', 9) });
    expect(mergeRecord(held, now)).toEqual({ type: 'changed', state: now, material: true });
  });

  it.each<[string, RecordState, RecordState, Partial<RecordState>]>([
    [
      'the later announcement',
      record({ announcement: announcement('K0', 1) }),
      record({ announcement: announcement('K0', 2) }),
      { announcement: announcement('K0', 2) },
    ],
    [
      'of two announcements of one time that with the smaller hash',
      record({ announcement: announcement('K0', 1, 'b') }),
      record({ announcement: announcement('K0', 1, 'a') }),
      { announcement: announcement('K0', 1, 'a') },
    ],
    [
      'no announcement of a key that was left',
      record({ announcement: announcement('K0', 9) }),
      record({ keys: 1 }),
      { announcement: null },
    ],
    [
      'a revocation by the last key',
      record({ keys: 1 }),
      record({ keys: 1, revocation: revocation('K1') }),
      { revocation: revocation('K1') },
    ],
    [
      'a revocation by an earlier key, without effect',
      record({ revocation: revocation('K0') }),
      record({ keys: 1 }),
      { revocation: null, voidRevocation: revocation('K0') },
    ],
  ])('%s', (_sentence, one, other, expected) => {
    expect(join(one, other)).toMatchObject(expected);
    expect(join(other, one)).toMatchObject(expected);
  });

  it('what is held, where a key has two successors; both are told', () => {
    const held = record({ keys: 2, announcement: announcement('K2', 5) });
    const thief = link(2, 1, 'THIEF');
    const longer = record({ chain: [link(1), thief, link(3)], announcement: announcement('K3', 9) });
    expect(mergeRecord(held, longer)).toEqual({
      type: 'forked',
      fork: { fingerprint: 'K1', held: link(2), other: thief },
    });
    expect(mergeRecord(record(), record({ chain: [link(1, 1, 'OTHER')] })).type).toBe('changed');
  });

  it('apart, of identities that claim one UUID under different first keys', () => {
    expect(() => mergeRecord(record(), record({ firstFingerprint: 'OTHER' }))).toThrow('two identities');
  });
});

it.each<[string, RecordState, boolean]>([
  [
    'says something new where it says more than the time',
    record({ announcement: announcement('K0', 2) }),
    true,
  ],
  ['says nothing new where only its time is another', record({ announcement: announcement('K0', 4) }), false],
])('a later announcement %s', (_sentence, later, material) => {
  const outcome = mergeRecord(record({ announcement: announcement('K0', 1) }), later);
  expect(outcome).toMatchObject({ type: 'changed', material });
});

it('the key in force is the last of the chain', () => {
  expect(lastFingerprint(record())).toBe(FIRST);
  expect(lastFingerprint(record({ keys: 2 }))).toBe('K2');
});
