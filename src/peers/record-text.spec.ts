import { expect, it } from 'vitest';
import { MAX_RECORDS_BYTES } from '../protocol/limits.js';
import { withinBytes } from './record-text.js';

const ofBytes = (bytes: number): { readonly text: string } => ({ text: 'x'.repeat(bytes) });

it.each([
  ['as many as fit', [MAX_RECORDS_BYTES - 1, 1, 1], 2],
  ['none after one that does not fit', [MAX_RECORDS_BYTES - 1, 2, 1], 1],
  ['one alone, however large', [MAX_RECORDS_BYTES + 1, 1], 1],
  ['nothing, where there is nothing', [], 0],
])('of records travel together %s', (_sentence, sizes, count) => {
  const records = sizes.map(ofBytes);
  expect(withinBytes(records)).toEqual(records.slice(0, count));
});

it('counts bytes, not characters', () => {
  const half = { text: 'ü'.repeat(MAX_RECORDS_BYTES / 4) };
  expect(withinBytes([half, half, ofBytes(1)])).toEqual([half, half]);
});
