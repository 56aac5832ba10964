import { quoted, type Parser } from './parsed.js';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,15})(ms|s|m|h|d)$/;

/** A whole number and a unit (`500ms`, `30s`, `10m`, `6h`, `1d`), as milliseconds; the bounds are written alike. */
export function duration(min: string, max: string): Parser<number> {
  const [minMs, maxMs] = [millisecondsOf(min), millisecondsOf(max)];
  return (text) => {
    const value = millisecondsOf(text);
    if (Number.isNaN(value))
      return { problem: `${quoted(text)} is not a duration such as 500ms, 30s, 10m, 6h or 1d` };
    return value >= minMs && value <= maxMs
      ? { value }
      : { problem: `${quoted(text)} is not between ${min} and ${max}` };
  };
}

function millisecondsOf(text: string): number {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  return Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
}
