import { describe, expect, it } from 'vitest';
import { nextPartner } from './partner-policy.js';

describe('the next to compare directories with', () => {
  it.each([
    ['nobody, where there is no ext neighbour', [], null],
    [
      'one that never was, before any that was',
      [
        { id: 'a', triedAtMs: 1 },
        { id: 'b', triedAtMs: null },
      ],
      'b',
    ],
    [
      'the one whose turn was longest ago',
      [
        { id: 'a', triedAtMs: 5 },
        { id: 'b', triedAtMs: 3 },
        { id: 'c', triedAtMs: 4 },
      ],
      'b',
    ],
    [
      'the first of several that were tried together',
      [
        { id: 'a', triedAtMs: 3 },
        { id: 'b', triedAtMs: 3 },
      ],
      'a',
    ],
  ])('is %s', (_sentence, partners, expected) => {
    expect(nextPartner(partners)).toBe(expected);
  });

  it('comes to everyone in turn', () => {
    const tried = new Map<string, number | null>([
      ['a', null],
      ['b', null],
      ['c', null],
    ]);
    const order = [1, 2, 3, 4, 5, 6].map((nowMs) => {
      const id = nextPartner([...tried].map(([name, triedAtMs]) => ({ id: name, triedAtMs })))!;
      tried.set(id, nowMs);
      return id;
    });
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });
});
