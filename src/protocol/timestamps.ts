/**
 * ISO 8601 in the forms that deployed servers write: extended or basic, `T` or a space before the time,
 * time cut after hours, minutes or seconds, a fraction after `.` or `,`, offset `Z`, `+hh`, `+hhmm`, `+hh:mm`.
 */
const EXTENDED =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(?:(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Before this year JavaScript and PostgreSQL begin to disagree about years; no message is that old. */
const MIN_YEAR = 1000;

/**
 * A time of wire protocol 1.0 as epoch milliseconds; microseconds stay as the fraction, finer digits are cut
 * off. Without an offset it is UTC. Null for anything that is not an ISO 8601 date or time.
 */
export function parseTimestamp(text: string): number | null {
  const match = EXTENDED.exec(text) ?? BASIC.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const midnightMs = dayToEpochMs(year!, month!, day!);
  const offsetMinutes = parseOffset(match[8]);
  if (midnightMs === null || offsetMinutes === null) return null;
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  const microseconds = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
  return midnightMs + ((hour! * 60 + minute! - offsetMinutes) * 60 + second!) * 1000 + microseconds / 1000;
}

/** `2026-11-23T01:02:03.456789+00:00`, as Python's `isoformat` writes it in UTC; rounds to microseconds. */
export function formatTimestamp(epochMs: number): string {
  let wholeSecondMs = Math.floor(epochMs / 1000) * 1000;
  let microseconds = Math.round((epochMs - wholeSecondMs) * 1000);
  if (microseconds === 1_000_000) {
    wholeSecondMs += 1000;
    microseconds = 0;
  }
  const seconds = new Date(wholeSecondMs).toISOString().slice(0, 19);
  return `${seconds}.${String(microseconds).padStart(6, '0')}+00:00`;
}

export function formatTimestampOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : formatTimestamp(epochMs);
}

/** Midnight UTC of a day of the calendar, or null where there is no such day. */
function dayToEpochMs(year: number, month: number, day: number): number | null {
  if (year < MIN_YEAR) return null;
  const epochMs = Date.UTC(year, month - 1, day);
  const date = new Date(epochMs);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? epochMs : null;
}

function parseOffset(text: string | undefined): number | null {
  if (text === undefined || text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
