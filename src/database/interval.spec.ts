import { expect, it } from 'vitest';
import { interval } from './interval.js';

it('a length of time is written so that PostgreSQL 13 reads it', () => {
  expect(interval(90 * 24 * 3_600_000)).toBe(`interval '7776000 seconds'`);
  expect(interval(1_500)).toBe(`interval '1.5 seconds'`);
});
