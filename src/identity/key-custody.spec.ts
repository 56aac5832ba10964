import { describe, expect, it } from 'vitest';
import { decideKey } from './key-custody.js';

describe('which key a starting daemon holds', () => {
  it.each([
    ['an empty machine makes a key', { onFile: null, current: null, next: null }, { type: 'create' }],
    [
      'a key without a row (crash at the first start) is adopted',
      { onFile: null, current: 'a', next: null },
      { type: 'adopt' },
    ],
    [
      'the key on file is used',
      { onFile: 'a', current: 'a', next: null },
      { type: 'use_current', discardNext: false },
    ],
    [
      'a next key that was never committed is discarded',
      { onFile: 'a', current: 'a', next: 'b' },
      { type: 'use_current', discardNext: true },
    ],
    [
      'a next key that was committed is promoted',
      { onFile: 'b', current: 'a', next: 'b' },
      { type: 'promote_next' },
    ],
    [
      'a committed next key is promoted even where the old one is gone',
      { onFile: 'b', current: null, next: 'b' },
      { type: 'promote_next' },
    ],
    [
      'a row whose key is nowhere stops the start',
      { onFile: 'a', current: 'c', next: 'b' },
      { type: 'missing' },
    ],
    [
      'a lost key is never replaced by a new one',
      { onFile: 'a', current: null, next: null },
      { type: 'missing' },
    ],
  ] as const)('%s', (_sentence, facts, decision) => {
    expect(decideKey(facts)).toEqual(decision);
  });
});
