import { HOUR_MS } from '../protocol/durations.js';
import type { Trust } from './peer.js';

/** How long ago a peer was last seen: within an hour, within a day, within a week (and so active), or longer ago. */
export type Seen = 'hour' | 'day' | 'week' | 'older';

export const SEEN_WITHIN: readonly (readonly [Exclude<Seen, 'older'>, number])[] = [
  ['hour', HOUR_MS],
  ['day', 24 * HOUR_MS],
  ['week', 7 * 24 * HOUR_MS],
];

/** How many servers of the directory are alike in these. */
export interface CensusRow {
  readonly trust: Trust;
  /** It has answered us. */
  readonly proven: boolean;
  readonly seen: Seen;
  readonly count: number;
}

export interface PeerCounts {
  readonly total: number;
  /** Neither blocked nor revoked. */
  readonly usable: number;
  /** Usable and seen within the hour. */
  readonly recent: number;
  readonly census: readonly CensusRow[];
}

export function countsOf(census: readonly CensusRow[]): PeerCounts {
  const usable = census.filter(({ trust }) => trust !== 'blocked' && trust !== 'revoked');
  return {
    total: sum(census),
    usable: sum(usable),
    recent: sum(usable.filter(({ seen }) => seen === 'hour')),
    census,
  };
}

function sum(rows: readonly CensusRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
