import { describe, expect, it } from 'vitest';
import { columnTypes, parseInt8, parseTimestamptz } from './column-types.js';

describe('a timestamptz', () => {
  it.each([
    ['1970-01-01 00:00:00+00', 0],
    ['2026-11-23 01:02:03+00', Date.UTC(2026, 10, 23, 1, 2, 3)],
    ['2026-11-23 01:02:03.4+00', Date.UTC(2026, 10, 23, 1, 2, 3, 400)],
    ['2026-11-23 01:02:03.456789+00', Date.UTC(2026, 10, 23, 1, 2, 3) + 456.789],
    ['1969-12-31 23:59:59.999999+00', -0.001],
    ['2026-11-23 01:02:03+05:30', Date.UTC(2026, 10, 22, 19, 32, 3)],
    ['2026-11-23 01:02:03-03', Date.UTC(2026, 10, 23, 4, 2, 3)],
    ['1890-01-01 00:00:00+00:53:28', Date.UTC(1890, 0, 1) - (53 * 60 + 28) * 1000],
    ['0001-01-01 00:00:00+00', -62135596800000],
    ['12026-01-01 00:00:00+00', Date.UTC(12026, 0, 1)],
    ['infinity', Infinity],
    ['-infinity', -Infinity],
  ])('%s is %d', (text, epochMs) => {
    expect(parseTimestamptz(text)).toBeCloseTo(epochMs, 3);
  });

  it.each(['2026-11-23', '23/11/2026 01:02:03 UTC', '0044-03-15 00:00:00+00 BC', ''])(
    '%j is refused',
    (text) => {
      expect(() => parseTimestamptz(text)).toThrow('The database answered a time');
    },
  );
});

describe('an int8', () => {
  it.each([
    ['0', 0],
    ['-1', -1],
    ['9007199254740991', 2 ** 53 - 1],
  ])('%s is %d', (text, value) => {
    expect(parseInt8(text)).toBe(value);
  });

  it('that a double cannot hold is refused', () => {
    expect(() => parseInt8('9007199254740993')).toThrow('beyond 2^53');
  });
});

it('every other type is read as pg reads it', () => {
  const boolean = 16;
  expect((columnTypes.getTypeParser(boolean, 'text') as (text: string) => unknown)('t')).toBe(true);
});
