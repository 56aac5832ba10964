import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { RefusedRecords } from './refused-records.js';

it('what a record came to is forgotten after 6 hours, whoever sets the clock meanwhile', async () => {
  const clock = new ManualClock();
  const refused = new RefusedRecords(clock);
  refused.note('hash');
  clock.step(-24 * 3_600_000);
  await clock.advance(6 * 3_600_000 - 1);
  expect(refused.has('hash')).toBe(true);
  await clock.advance(2);
  expect(refused.has('hash')).toBe(false);
});
