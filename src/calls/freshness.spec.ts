import { expect, it } from 'vitest';
import { judgeFreshness } from './freshness.js';

const NOW = 1_764_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

it.each<[string, number, number, number, string]>([
  ['of now is fresh', 0, 5 * MINUTE, -HOUR, 'fresh'],
  ['of a clock that is 5 minutes ahead is fresh', 5 * MINUTE, 10 * MINUTE, -HOUR, 'fresh'],
  ['of a clock that is further ahead is not', 5 * MINUTE + 1, 10 * MINUTE, -HOUR, 'message_in_future'],
  ['in its last moment is fresh', -5 * MINUTE + 1, 1, -HOUR, 'fresh'],
  ['that has just expired is not', -5 * MINUTE, 0, -HOUR, 'message_expired'],
  ['of the moment in which this server started is fresh', -MINUTE, MINUTE, -MINUTE, 'fresh'],
  ['of before this server started is refused', -MINUTE - 1, MINUTE, -MINUTE, 'not_ready'],
  ['that has expired is not worth being signed anew for the start', -HOUR, -1, -MINUTE, 'message_expired'],
])('a request %s', (_sentence, created, expires, startedAt, expected) => {
  const freshness = judgeFreshness(
    { created: NOW + created, expires: NOW + expires },
    { nowMs: NOW, startedAtMs: NOW + startedAt },
  );
  expect(freshness.type === 'fresh' ? 'fresh' : freshness.code).toBe(expected);
});
