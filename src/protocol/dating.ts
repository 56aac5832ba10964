import { MINUTE_MS } from './durations.js';
import { CLOCK_SKEW_MS } from './limits.js';

/** `how` is the end of the error's code. */
interface WrongDate {
  readonly how: 'expired' | 'in_future';
  readonly detail: string;
}

/** What is wrong with the time of a message; null where nothing is. All times are epoch milliseconds. */
export function datedWrongly(
  message: string,
  atMs: number,
  nowMs: number,
  maxAgeMs = Infinity,
): WrongDate | null {
  if (nowMs - atMs > maxAgeMs)
    return { how: 'expired', detail: `the ${message} is older than ${maxAgeMs / MINUTE_MS} minutes` };
  if (atMs - nowMs > CLOCK_SKEW_MS)
    return {
      how: 'in_future',
      detail: `the ${message} is more than ${CLOCK_SKEW_MS / MINUTE_MS} minutes in the future; check both clocks`,
    };
  return null;
}
