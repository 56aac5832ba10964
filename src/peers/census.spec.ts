import { describe, expect, it } from 'vitest';
import { countsOf, type CensusRow } from './census.js';

const row = (changes: Partial<CensusRow>): CensusRow => ({
  trust: 'unknown',
  proven: true,
  seen: 'hour',
  count: 1,
  ...changes,
});

describe('counts', () => {
  it.each<[string, CensusRow[], [number, number, number]]>([
    ['an empty directory', [], [0, 0, 0]],
    ['who was seen within the hour is recent', [row({ count: 3 })], [3, 3, 3]],
    ['who was seen before is usable', [row({ seen: 'day', count: 2 }), row({ seen: 'older' })], [3, 3, 0]],
    [
      'blocked and revoked ones only count in all',
      [row({ trust: 'blocked' }), row({ trust: 'revoked' })],
      [2, 0, 0],
    ],
    ['untrusted ones are usable, proven or not', [row({ trust: 'untrusted', proven: false })], [1, 1, 1]],
  ])('%s', (_title, rows, [total, usable, recent]) => {
    expect(countsOf(rows)).toEqual({ total, usable, recent, census: rows });
  });
});
