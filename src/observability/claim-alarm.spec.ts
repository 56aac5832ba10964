import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { CLAIM_WARNINGS_PER_HOUR, ClaimAlarm } from './claim-alarm.js';

it('warns of a claim, but not of everyday refusals', () => {
  const alarm = new ClaimAlarm(new ManualClock());
  expect(alarm.isWarning('name_taken')).toBe(true);
  expect(alarm.isWarning('announcement_expired')).toBe(false);
});

it('falls silent when claims come in a flood, each kind by itself, and speaks again an hour later', async () => {
  const clock = new ManualClock();
  const alarm = new ClaimAlarm(clock);
  const warnings = Array.from({ length: 1_000 }, () => alarm.isWarning('key_mismatch')).filter(Boolean);
  expect(warnings).toHaveLength(CLAIM_WARNINGS_PER_HOUR);
  expect(alarm.isWarning('name_taken')).toBe(true);
  const revocations = Array.from({ length: 1_000 }, () => alarm.isRevocationWarning()).filter(Boolean);
  expect(revocations).toHaveLength(CLAIM_WARNINGS_PER_HOUR);
  await clock.advance(3_600_000);
  expect(alarm.isWarning('key_mismatch')).toBe(true);
});
