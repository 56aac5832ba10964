import { isServerId, normalizeServerId } from '../../protocol/server-id.js';
import { isUuid } from '../../protocol/strict.js';
import { parseTimestamp } from '../../protocol/timestamps.js';
import type { Row } from './sqlite-copy.js';

/** Why a row is left out; caught where its outcome is noted. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}

export function optionalText(row: Row, column: string): string | null {
  const cell = row[column] ?? null;
  if (cell === null || typeof cell === 'string') return cell;
  throw new Unusable(`${column} ${cell.problem}`);
}

export function text(row: Row, column: string): string {
  const value = optionalText(row, column);
  if (value === null || value === '') throw new Unusable(`${column} is empty`);
  return value;
}

export function uuid(row: Row): string {
  const value = text(row, 'server_uuid');
  if (!isUuid(value)) throw new Unusable('server_uuid is not a UUID in lower case');
  return value;
}

/** In lower case. */
export function serverName(row: Row): string {
  const value = text(row, 'server_id');
  if (!isServerId(value)) throw new Unusable('server_id is not a name that a server can have');
  return normalizeServerId(value);
}

/** Epoch milliseconds, never later than now; null where there is none that can be understood. */
export function pastTime(row: Row, column: string, nowMs: number): number | null {
  const cell = row[column];
  const time = typeof cell === 'string' ? parseTimestamp(cell) : null;
  return time === null ? null : Math.min(time, nowMs);
}

/** Text of a stranger for a terminal: short, and nothing but printable ASCII. */
export function shown(row: Row, column: string): string {
  const cell = row[column] ?? null;
  if (cell === null) return '-';
  if (typeof cell !== 'string') return `(${column} ${cell.problem})`;
  const short = cell.length > 80 ? `${cell.slice(0, 80)}...` : cell;
  return short.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
