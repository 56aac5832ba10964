import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../protocol/durations.js';
import { isRefreshDue, untilRefreshMs } from './refresh-policy.js';

it.each([
  ['not while it is new', 0, false],
  ['not before four fifths of a day', 19.2 * HOUR_MS - 1, false],
  ['from then on', 19.2 * HOUR_MS, true],
  ['not for a clock that was set back by as little as others let it', -5 * MINUTE_MS, false],
  ['where the clock was set back further', -5 * MINUTE_MS - 1, true],
])('an announcement that says the same is signed anew %s', (_sentence, ageMs, isDue) => {
  expect(isRefreshDue(DAY_MS, DAY_MS, DAY_MS + ageMs)).toBe(isDue);
});

it.each([
  ['an interval after it was signed', 0, DAY_MS, DAY_MS],
  ['what is left of the interval after a start', 10 * HOUR_MS, DAY_MS, 14 * HOUR_MS],
  ['soon, where it could not be signed', 30 * HOUR_MS, DAY_MS, MINUTE_MS],
  ['soon, where it could not be read', null, DAY_MS, MINUTE_MS],
  ['as often as it shall, where that is sooner', 100, 100, 100],
  ['an interval later at most, where the clock was set back', -HOUR_MS, DAY_MS, DAY_MS],
])('is looked at again %s', (_sentence, ageMs, intervalMs, leftMs) => {
  const signedAtMs = ageMs === null ? null : DAY_MS - ageMs;
  expect(untilRefreshMs(signedAtMs, intervalMs, DAY_MS)).toBe(leftMs);
});
