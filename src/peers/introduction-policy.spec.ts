import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../protocol/durations.js';
import { decideIntroduction } from './introduction-policy.js';

const facts = { isProven: true, wasAskedFor: false, used: undefined, nowMs: DAY_MS };

describe('an unknown server in a record that another has relayed', () => {
  it.each([
    ['is kept, and charged to its introducer', {}, { type: 'take', used: { startMs: DAY_MS, count: 1 } }],
    [
      'is kept as the thousandth within a day',
      { used: { startMs: 1, count: 999 } },
      { type: 'take', used: { startMs: 1, count: 1_000 } },
    ],
    [
      'is refused as the thousand-and-first',
      { used: { startMs: 1, count: 1_000 } },
      { type: 'refuse', why: 'quota' },
    ],
    [
      'is kept when the day is over',
      { used: { startMs: 0, count: 1_000 } },
      { type: 'take', used: { startMs: DAY_MS, count: 1 } },
    ],
    [
      'is kept beyond the quota, and not charged, where we have asked for it',
      { wasAskedFor: true, used: { startMs: 1, count: 1_000 } },
      { type: 'take', used: { startMs: 1, count: 1_000 } },
    ],
    [
      'is refused where who brought it has yet to prove where it is',
      { isProven: false },
      { type: 'refuse', why: 'unproven' },
    ],
    [
      'is refused there though we have asked for it',
      { isProven: false, wasAskedFor: true },
      { type: 'refuse', why: 'unproven' },
    ],
  ])('%s', (_sentence, changes, decision) => {
    expect(decideIntroduction({ ...facts, ...changes })).toEqual(decision);
  });
});
