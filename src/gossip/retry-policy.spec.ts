import { expect, it } from 'vitest';
import { joinDelayMs, retryDelayMs } from './retry-policy.js';

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

it('never waits longer for a bootstrap server than for a round', () => {
  expect(joinDelayMs(3, 1_000)).toBe(1_000);
});
