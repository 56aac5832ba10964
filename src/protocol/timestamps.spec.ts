import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimestamp, parseTimestamp } from './timestamps.js';

const noonMs = Date.UTC(2026, 10, 23, 12);

describe('reading a time', () => {
  it.each([
    ['2026-11-23T12:00:00Z', noonMs],
    ['2026-11-23T12:00:00', noonMs],
    ['2026-11-23 12:00:00+00:00', noonMs],
    ['2026-11-23T12', noonMs],
    ['2026-11-23T12:00Z', noonMs],
    ['20261123T120000Z', noonMs],
    ['20261123T1200', noonMs],
    ['2026-11-23', noonMs - 12 * 3_600_000],
    ['2026-11-23T14:30:00+02:30', noonMs],
    ['2026-11-23T14:30:00+0230', noonMs],
    ['2026-11-23T07:00:00-05', noonMs],
    ['2026-11-23T12:00:00.5Z', noonMs + 500],
    ['2026-11-23T12:00:00,5Z', noonMs + 500],
    ['2026-11-23T12:00:00.000001Z', noonMs + 0.001],
    ['2026-11-23T12:00:00.0000019Z', noonMs + 0.001],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('%s', (text, epochMs) => {
    expect(parseTimestamp(text)).toBe(epochMs);
  });

  it.each([
    ...['', 'now', 'null', '0', '1763899200', '2026', '2026-11', '2026-W47-1', '2026-327T00:00:00'],
    ...[
      '2026-11-23T',
      '2026-11-23T12:',
      '2026-11-23T12:00:00.',
      '2026-11-23T12:00:00+',
      '2026-11-23T12:00:00 Z',
    ],
    ...[
      '2026-13-01',
      '2026-00-01',
      '2026-11-00',
      '2026-11-31',
      '2026-02-29',
      '0000-01-01',
      '0050-01-01',
      '+002026-11-23',
    ],
    ...['2026-11-23T24:00:00Z', '2026-11-23T23:60:00Z', '2026-11-23T23:59:60Z', '2026-11-23T12:00:00+24:00'],
    ...['2026-11-23T12:00:00+00:60', '2026-11-23t12:00:00z', ' 2026-11-23', '2026-11-23\n', '２０２６-11-23'],
    ...['20261123120000', '2026-1123T12', '2026-11-23T12-24', '2026-11-23T12:00:00.5.5Z'],
  ])('%j is not a time', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });
});

describe('writing a time', () => {
  it.each([
    [noonMs, '2026-11-23T12:00:00.000000+00:00'],
    [noonMs + 0.001, '2026-11-23T12:00:00.000001+00:00'],
    [noonMs + 999.9999, '2026-11-23T12:00:01.000000+00:00'],
    [-1, '1969-12-31T23:59:59.999000+00:00'],
  ])('%d', (epochMs, text) => {
    expect(formatTimestamp(epochMs)).toBe(text);
  });

  it('is undone by reading it, to the microsecond', () => {
    const epochMs = fc
      .tuple(fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2200, 0) }), fc.integer({ min: 0, max: 999 }))
      .map(([wholeMs, microseconds]) => wholeMs + microseconds / 1000);
    fc.assert(
      fc.property(epochMs, (time) => {
        const text = formatTimestamp(time);
        expect(parseTimestamp(text)).toBeCloseTo(time, 3);
        expect(formatTimestamp(parseTimestamp(text)!)).toBe(text);
      }),
    );
  });
});
