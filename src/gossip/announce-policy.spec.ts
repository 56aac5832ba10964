import { expect, it } from 'vitest';
import { decideAnnounce } from './announce-policy.js';

const NOW = 1_000_000;

it.each([
  ['the first round starts', null, NOW, false, { type: 'scheduled' }],
  [
    'a second within the minute waits',
    NOW,
    NOW + 59_999,
    false,
    { type: 'rate_limited', nextAllowedMs: NOW + 60_000 },
  ],
  ['a second within the minute starts if forced', NOW, NOW + 1, true, { type: 'scheduled' }],
  ['a second after a minute starts', NOW, NOW + 60_000, false, { type: 'scheduled' }],
  ['a clock set back locks nobody out', NOW, NOW - 1, false, { type: 'scheduled' }],
] as const)('%s', (_sentence, lastRoundAt, nowMs, force, decision) => {
  expect(decideAnnounce(lastRoundAt, nowMs, force)).toEqual(decision);
});
