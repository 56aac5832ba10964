import { expect, it } from 'vitest';
import { isOverdue, jittered } from './task.js';

it.each([
  [0.2, 0, 48_000],
  [0.2, 0.5, 60_000],
  [0.2, 1, 72_000],
  [0.1, 0, 54_000],
  [0.1, 1, 66_000],
])('with a spread of %d and a draw of %d a turn of 60 s comes after %d ms', (spread, draw, delayMs) => {
  expect(jittered(60_000, spread, draw)).toBe(delayMs);
});

it.each([
  ['not as late as its spread allows', 72_000, false],
  ['later than that', 72_001, true],
])('a turn that is due %s is overdue: %s', (_sentence, dueAt, expected) => {
  expect(isOverdue(dueAt, 0, { everyMs: () => 60_000, spread: 0.2 })).toBe(expected);
});
