import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { CheckedPlaces, FAILURE_MEMORY_MS } from './checked-places.js';

it('a place that was called in vain is left alone for 10 minutes, whoever sets the clock meanwhile', async () => {
  const clock = new ManualClock();
  const places = new CheckedPlaces(clock);
  expect(places.take('https://a.example')).toBe(true);
  clock.step(-3 * 3_600_000);
  expect(places.take('https://a.example')).toBe(false);
  await clock.advance(FAILURE_MEMORY_MS + 1);
  expect(places.take('https://a.example')).toBe(true);
  clock.step(3 * 3_600_000);
  expect(places.take('https://a.example')).toBe(false);
});
