import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_MAX_AGE_MS, CLOCK_SKEW_MS } from '../../src/protocol/limits.js';
import { parseTimestamp } from '../../src/protocol/timestamps.js';
import { readVectorLines } from './vectors.js';

interface TimestampVector {
  readonly form: string;
  readonly example: string;
  readonly accepted_when_now: boolean;
}

const NOW_MS = Date.parse('2026-11-23T00:51:05.601Z');

/** Read by deployed servers, but not ISO 8601. */
const NOT_ISO_8601 = new Set([
  '%Y%m%d%H%M%S',
  '%a, %d %b %Y %H:%M:%S GMT',
  '%d %B %Y %H:%M:%S UTC',
  '%m/%d/%Y %H:%M:%S',
  '%d.%m.%Y %H:%M:%S',
  '%Y-%m-%dT%H:%M:%S UTC',
  '%Y-%m-%dT%H:%M:%S EST',
  '%H:%M:%S',
  '%I:%M:%S %p',
  '%Y-%m-%dT%H:%M:%S+00:00 ',
  '  %Y-%m-%dT%H:%M:%S',
]);

function isFresh(text: string): boolean {
  const atMs = parseTimestamp(text);
  return atMs !== null && NOW_MS - atMs < ANNOUNCEMENT_MAX_AGE_MS && atMs - NOW_MS <= CLOCK_SKEW_MS;
}

describe('times as deployed servers write them', () => {
  const vectors = readVectorLines<TimestampVector>('timestamps.jsonl');

  it.each(vectors)('$form ($example)', ({ form, example, accepted_when_now }) => {
    expect(isFresh(example)).toBe(accepted_when_now && !NOT_ISO_8601.has(form));
  });
});
