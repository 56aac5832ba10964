import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.js';
import { RateLimiter } from './rate-limiter.js';

function limiterOf(limit: number, maxKeys = 10) {
  const clock = new ManualClock();
  return { clock, limiter: new RateLimiter(clock, { limit, windowMs: 60_000, maxKeys }) };
}

test('exactly the limit is allowed within a minute, and again in the next', async () => {
  const { clock, limiter } = limiterOf(3);
  const charges = () => [1, 2, 3, 4].map(() => limiter.charge('a').allowed);
  expect(charges()).toEqual([true, true, true, false]);
  await clock.advance(60_000);
  expect(charges()).toEqual([true, true, true, false]);
});

test('keys do not share what they have', () => {
  const { limiter } = limiterOf(1);
  expect(limiter.charge('a').allowed).toBe(true);
  expect(limiter.charge('b').allowed).toBe(true);
  expect(limiter.charge('a').allowed).toBe(false);
});

test('refused charges do not lengthen the wait', async () => {
  const { clock, limiter } = limiterOf(1);
  limiter.charge('a');
  await clock.advance(59_000);
  expect(limiter.charge('a')).toEqual({ allowed: false, retryAfterSeconds: 1 });
  await clock.advance(1_000);
  expect(limiter.charge('a').allowed).toBe(true);
});

test('a check takes nothing', () => {
  const { limiter } = limiterOf(1);
  for (let i = 0; i < 5; i += 1) expect(limiter.check('a').allowed).toBe(true);
  limiter.charge('a');
  expect(limiter.check('a').allowed).toBe(false);
});

test('the table is bounded: beyond maxKeys the one not seen for longest is forgotten', () => {
  const { limiter } = limiterOf(1, 2);
  for (const key of ['a', 'b', 'c']) limiter.charge(key);
  expect(['c', 'b', 'a'].map((key) => limiter.check(key).allowed)).toEqual([false, false, true]);
});

test('a limit of 0 never refuses', () => {
  const { limiter } = limiterOf(0);
  for (let i = 0; i < 100; i += 1) expect(limiter.charge('a').allowed).toBe(true);
});
