import { expect, it } from 'vitest';
import { isTurn, joinDelayMs, LONGEST_RETRY_DELAY_MS, retryDelayMs } from './retry-policy.js';

it.each([
  [1, 2],
  [2, 4],
  [5, 32],
  [6, 60],
  [40, 60],
])('after %d failed attempts a delivery waits %d minutes', (attempts, minutes) => {
  expect(retryDelayMs(attempts)).toBe(minutes * 60_000);
});

it.each([
  [1, 5_000],
  [2, 10_000],
  [4, 40_000],
  [8, 600_000],
  [1_000, 600_000],
])('after %d failed attempts a bootstrap server is left alone for %d ms', (attempts, delayMs) => {
  expect(joinDelayMs(attempts, 600_000)).toBe(delayMs);
});

it('never waits longer for a peer than it says', () => {
  expect(retryDelayMs(1_000)).toBe(LONGEST_RETRY_DELAY_MS);
});

it.each([
  ['not before the wait is over', 1_999, false],
  ['when the wait is over', 2_000, true],
  ['when the clock was set back to before the last attempt', 999, true],
])('it is the turn of a bootstrap server %s: at %d', (_sentence, nowMs, expected) => {
  expect(isTurn({ attemptedAt: 1_000, waitMs: 1_000 }, nowMs)).toBe(expected);
});

it('never waits longer for a bootstrap server than for a round', () => {
  expect(joinDelayMs(3, 1_000)).toBe(1_000);
});
