import pg from 'pg';

const TIMESTAMPTZ: number = pg.types.builtins.TIMESTAMPTZ;
const INT8: number = pg.types.builtins.INT8;

const TIMESTAMP =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/**
 * A timestamptz as PostgreSQL writes it under `DateStyle=ISO`, in milliseconds since the epoch: the microseconds
 * are the fraction, which a double holds until the year 10000 and beyond.
 */
export function parseTimestamptz(text: string): number {
  if (text === 'infinity') return Infinity;
  if (text === '-infinity') return -Infinity;
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new Error('The database answered a time outside the years 1 to 275760.');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  // Unlike Date.UTC, this takes the years 1 to 99 as they are.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const microseconds = Number((match[7] ?? '').padEnd(6, '0'));
  return date.getTime() - offsetMs(match) + microseconds / 1000;
}

function offsetMs(match: RegExpExecArray): number {
  const [hours, minutes, seconds] = [match[9], match[10], match[11]].map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  const size = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return match[8] === '-' ? -size : size;
}

/** An int8 as a number; refuses what a double cannot hold exactly. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('The database answered an integer beyond 2^53.');
  return value;
}

/** How the pool reads columns: our two, everything else as pg does by default. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
    if (format !== 'binary') {
      if (oid === TIMESTAMPTZ) return parseTimestamptz;
      if (oid === INT8) return parseInt8;
    }
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};
