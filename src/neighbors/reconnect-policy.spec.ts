import { expect, it } from 'vitest';
import { HOUR_MS } from '../protocol/durations.js';
import { chooseLost } from './reconnect-policy.js';

const NOW_MS = 1_000 * HOUR_MS;
const seen = (id: string, hours: number, isDown = false) => ({
  id,
  isDown,
  lastSeenMs: NOW_MS - hours * HOUR_MS,
});

it.each([
  ['nobody, where nobody is known', [], null],
  ['nobody, where all were heard of within a day and a half', [seen('a', 0), seen('b', 36)], null],
  ['one that was not heard of for longer', [seen('a', 1), seen('b', 36.1)], 'b'],
  ['one that is down', [seen('a', 1), seen('b', 1, true)], 'b'],
  ['the first drawn of several', [seen('a', 100), seen('b', 1, true)], 'a'],
])('at a gossip round %s is tried again', (_sentence, candidates, expected) => {
  expect(chooseLost(candidates, NOW_MS)).toBe(expected);
});
