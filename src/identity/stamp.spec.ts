import { describe, expect, it } from 'vitest';
import { formatTimestamp } from '../protocol/timestamps.js';
import { nextStampMs } from './stamp.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

describe('the time of our next message', () => {
  it.each([
    ['is now', Number.NEGATIVE_INFINITY, NOW],
    ['is now, where the last one is past', NOW - MINUTE, NOW],
    ['is a microsecond later than one of the same millisecond', NOW, NOW + 0.001],
    [
      'goes on from the last one where the clock was set back a little',
      NOW + 5 * MINUTE,
      NOW + 5 * MINUTE + 0.001,
    ],
    ['is now again where the clock was set back far: others refused the last one', NOW + 5 * MINUTE + 1, NOW],
  ])('%s', (_sentence, lastMs, expected) => {
    expect(nextStampMs(NOW, lastMs)).toBeCloseTo(expected, 4);
  });

  it('differs from the last one as it is written', () => {
    const first = nextStampMs(NOW, NOW - 1);
    expect(formatTimestamp(nextStampMs(NOW, first))).not.toBe(formatTimestamp(first));
  });
});
