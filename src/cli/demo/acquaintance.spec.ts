import { describe, expect, it } from 'vitest';
import { type Acquaintance, allKnowAll, meetings } from './acquaintance.js';

const NAMES = ['a', 'b', 'c'];
const knowing = (table: Record<string, string[]>): Acquaintance =>
  new Map(Object.entries(table).map(([who, whom]) => [who, new Set(whom)]));

describe('all know all', () => {
  it.each<[string, Record<string, string[]>, boolean]>([
    ['when each knows every other', { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b'] }, true],
    ['also when they know others besides', { a: ['b', 'c', 'x'], b: ['a', 'c'], c: ['a', 'b'] }, true],
    ['not when one lacks one', { a: ['b', 'c'], b: ['a', 'c'], c: ['a'] }, false],
    ['not when one was not asked yet', { a: ['b', 'c'], b: ['a', 'c'] }, false],
    [
      'not when as many are known, but the wrong ones',
      { a: ['b', 'x'], b: ['a', 'c'], c: ['a', 'b'] },
      false,
    ],
  ])('%s', (_, table, expected) => {
    expect(allKnowAll(NAMES, knowing(table))).toBe(expected);
  });
});

it('a meeting is told once, in the direction in which it happened', () => {
  const before = knowing({ a: ['b'] });
  const after = knowing({ a: ['b', 'c'], c: ['a'] });
  expect(meetings(before, after)).toEqual([
    { who: 'a', whom: 'c' },
    { who: 'c', whom: 'a' },
  ]);
  expect(meetings(after, after)).toEqual([]);
});
