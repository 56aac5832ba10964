import { expect, it } from 'vitest';
import { MAX_RECORDS_BYTES } from '../protocol/limits.js';
import { afterLast, withinBytes } from './record-text.js';

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

it.each([
  ['is what did not fit', ['a', 'b', 'c'], ['a', 'b'], ['c']],
  ['is not what was missing before it', ['a', 'b', 'c'], ['b'], ['c']],
  ['is nothing, where the last came', ['a', 'b', 'c'], ['a', 'c'], []],
  ['is nothing, where none came', ['a', 'b', 'c'], [], []],
])('what comes after the last record %s', (_sentence, asked, came, rest) => {
  expect(
    afterLast(
      asked,
      came.map((serverUuid) => ({ serverUuid })),
    ),
  ).toEqual(rest);
});
