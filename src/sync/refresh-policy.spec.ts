import { describe, expect, it } from 'vitest';
import { decideRefresh, recordStage, refreshDelayMs } from './refresh-policy.js';

const DAY_MS = 24 * 3_600_000;
const signed = { materialHash: 'same', signedAtMs: 1_000, renewAfterMs: DAY_MS };

it.each([
  [0, 0.8],
  [0.5, 1],
  [1, 1.2],
])('with a draw of %d a signature for the network holds %d days', (draw, days) => {
  expect(refreshDelayMs(DAY_MS, draw)).toBeCloseTo(days * DAY_MS);
});

describe('a server signs for the network', () => {
  it.each([
    ['when it never did', null, 'same', 1_000, { type: 'sign', why: 'first' }],
    ['when its material has changed', signed, 'other', 1_001, { type: 'sign', why: 'material' }],
    ['when the period is over', signed, 'same', 1_000 + DAY_MS, { type: 'sign', why: 'age' }],
    ['not before', signed, 'same', 999 + DAY_MS, { type: 'keep' }],
    ['when its clock was set back', signed, 'same', 999, { type: 'sign', why: 'age' }],
  ])('%s', (_sentence, last, materialHash, nowMs, decision) => {
    expect(decideRefresh(last, materialHash, nowMs)).toEqual(decision);
  });
});

describe('a record', () => {
  it.each([
    ['of now is passed on', 0, false, 'relayed'],
    ['from a clock that runs ahead is passed on', -1, false, 'relayed'],
    ['is passed on for not quite 7 days', 7 - 1e-9, false, 'relayed'],
    ['of 7 days is kept, and no longer passed on', 7, false, 'kept'],
    ['of 90 days leaves a tombstone', 90, false, 'tombstone'],
    ['leaves it for 90 days', 180 - 1e-6, false, 'tombstone'],
    ['of 180 days is forgotten', 180, false, 'forgotten'],
    ['that is revoked is passed on for ever', 10_000, true, 'relayed'],
  ])('%s', (_sentence, days, isRevoked, stage) => {
    expect(recordStage({ announcedAtMs: 0, isRevoked, nowMs: days * DAY_MS })).toBe(stage);
  });
});
