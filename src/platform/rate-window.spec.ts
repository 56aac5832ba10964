import { expect, test } from 'vitest';
import { chargedWindow, roomIn } from './rate-window.js';

const START_MS = 1_000_000;
const RATE = { limit: 10, windowMs: 60_000 };
const used = (count: number) => ({ startMs: START_MS, count });

test.each([
  ['a new key has room', undefined, 0, { allowed: true }],
  ['the last charge of a window fits', used(9), 59_999, { allowed: true }],
  ['one more does not', used(10), 0, { allowed: false, retryAfterSeconds: 60 }],
  ['the wait shrinks as time passes', used(10), 30_500, { allowed: false, retryAfterSeconds: 30 }],
  ['the wait is never less than a second', used(10), 59_999, { allowed: false, retryAfterSeconds: 1 }],
  ['a window ends in time', used(10), 60_000, { allowed: true }],
  ['a window from the future does not count', used(10), -1, { allowed: true }],
])('%s', (_title, window, sinceStartMs, expected) => {
  expect(roomIn(window, START_MS + sinceStartMs, RATE)).toEqual(expected);
});

test('a limit of 0 is no limit', () => {
  expect(roomIn(used(1_000_000), START_MS, { ...RATE, limit: 0 })).toEqual({ allowed: true });
});

test.each([
  ['the first charge opens a window', undefined, 0, { startMs: START_MS, count: 1 }],
  ['a charge counts in the window that is open', used(3), 59_999, { startMs: START_MS, count: 4 }],
  ['a charge after it opens the next', used(3), 60_000, { startMs: START_MS + 60_000, count: 1 }],
])('%s', (_title, window, sinceStartMs, expected) => {
  expect(chargedWindow(window, START_MS + sinceStartMs, RATE)).toEqual(expected);
});
