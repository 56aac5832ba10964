import { describe, expect, it } from 'vitest';
import { isRumor, nextToAsk, planRumor, stillToTell, wantedOf } from './rumor-policy.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const nobody = new Set<string>();
const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('a record is passed on', () => {
  it.each([
    ['when it is news', true, null, true],
    ['not when it is none', false, null, false],
    ['when it was missed as a rumour and caught up with soon', true, 10 * 60_000, true],
    ['not when it was caught up with later: that is news here alone', true, 10 * 60_000 + 1, false],
    ['not when it was caught up with soon and is no news', false, 0, false],
  ])('%s', (_sentence, isNews, caughtUpAgeMs, expected) => {
    const caughtUpFrom = caughtUpAgeMs === null ? null : NOW_MS - caughtUpAgeMs;
    expect(isRumor({ isNews, caughtUpFrom, nowMs: NOW_MS })).toBe(expected);
  });
});

describe('a rumour', () => {
  it('is pushed to three of eight neighbours and offered to the other five', () => {
    const plan = planRumor({ neighbors: eight, knowing: nobody, jitterDraw: 0.5 });
    expect(plan.push).toEqual(['a', 'b', 'c']);
    expect(plan.offer).toEqual(['d', 'e', 'f', 'g', 'h']);
  });

  it.each([
    [0, 0, 2_000],
    [0.5, 1_000, 3_000],
    [0.999, 1_998, 3_998],
  ])(
    'with a draw of %d is pushed after %d ms and offered a hop later, after %d',
    (jitterDraw, push, offer) => {
      const plan = planRumor({ neighbors: eight, knowing: nobody, jitterDraw });
      expect(plan.pushAfterMs).toBeCloseTo(push);
      expect(plan.offerAfterMs).toBeCloseTo(offer);
    },
  );

  it('goes to nobody from whom it came: others take that place', () => {
    const plan = planRumor({ neighbors: eight, knowing: new Set(['a', 'e']), jitterDraw: 0 });
    expect(plan.push).toEqual(['b', 'c', 'd']);
    expect(plan.offer).toEqual(['f', 'g', 'h']);
  });

  it('is only pushed where neighbours are few', () => {
    const plan = planRumor({ neighbors: ['a', 'b'], knowing: nobody, jitterDraw: 0 });
    expect([plan.push, plan.offer]).toEqual([['a', 'b'], []]);
  });

  it('leaves out, at its time, who has told it meanwhile', () => {
    expect(stillToTell(['a', 'b', 'c'], new Set(['b']))).toEqual(['a', 'c']);
  });
});

describe('of an offer', () => {
  const offered = [{ serverUuid: 'u', hash: 'new' }];
  const facts = { offered, held: new Map<string, string>(), asked: new Map<string, number>(), nowMs: 10_000 };

  it.each([
    ['what is unknown is wanted', {}, ['u']],
    ['what is held with another hash is wanted', { held: new Map([['u', 'old']]) }, ['u']],
    ['what is held is not wanted', { held: new Map([['u', 'new']]) }, []],
    ['what another was asked for just now is not wanted', { asked: new Map([['new', 8_001]]) }, []],
    ['what another was asked for and did not send is wanted', { asked: new Map([['new', 8_000]]) }, ['u']],
    [
      'what was asked for before the clock was set back is wanted',
      { asked: new Map([['new', 10_001]]) },
      ['u'],
    ],
    ['one server is wanted once', { offered: [...offered, { serverUuid: 'u', hash: 'other' }] }, ['u']],
  ])('%s', (_sentence, changes, wanted) => {
    expect(wantedOf({ ...facts, ...changes })).toEqual(wanted);
  });
});

describe('for what was asked for and has not come', () => {
  it.each([
    ['nobody else is asked before a hop is over', { askedAtMs: 8_001, others: ['b'] }, false, null],
    ['the next that offered it is asked after a hop', { askedAtMs: 8_000, others: ['b', 'c'] }, false, 'b'],
    ['nobody is asked where nobody else offered it', { askedAtMs: 8_000, others: [] }, false, null],
    ['nobody is asked when it came by another way', { askedAtMs: 8_000, others: ['b'] }, true, null],
  ])('%s', (_sentence, asked, isHeld, expected) => {
    expect(nextToAsk(asked, isHeld, 10_000)).toBe(expected);
  });
});
