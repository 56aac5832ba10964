import { expect, it } from 'vitest';
import { refillTokens } from './token-bucket.js';

const rate = { perSecond: 2, capacity: 8 };

it.each([
  ['earns by the second', { tokens: 0, atMs: 0 }, 1_500, 3],
  ['never holds more than its capacity', { tokens: 7, atMs: 0 }, 60_000, 8],
  ['keeps what it has when the clock is set back', { tokens: 3, atMs: 10_000 }, 0, 3],
])('a bucket %s', (_sentence, bucket, nowMs, tokens) => {
  expect(refillTokens(bucket, nowMs, rate)).toEqual({ tokens, atMs: nowMs });
});
