import { expect, it } from 'vitest';
import { HOUR_MS } from '../durations.js';
import { isNews } from './news.js';

it.each([
  ['when its material is new', { material: true, newerByMs: 0 }, true],
  [
    'when its announcement is more than 12 hours newer',
    { material: false, newerByMs: 12 * HOUR_MS + 1 },
    true,
  ],
  ['not when it is 12 hours newer and the same', { material: false, newerByMs: 12 * HOUR_MS }, false],
])('a record is news %s', (_sentence, brought, expected) => {
  expect(isNews(brought)).toBe(expected);
});
