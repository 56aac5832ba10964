import { CLOCK_SKEW_MS } from '../../protocol/limits.js';
import { duration } from '../terminal-text.js';
import { failed, ok, skipped, warning, type Verdict } from './finding.js';

/** What another server's announcement says of the time. */
export interface ClockReading {
  readonly server: string;
  /** How far its clock is ahead of ours. */
  readonly aheadMs: number;
}

/** Other servers refuse what is dated more than five minutes ahead (wire protocol 1.3); the majority tells the time. */
export function judgeClock(readings: readonly ClockReading[]): Verdict {
  if (readings.length === 0)
    return skipped(
      'It cannot be judged: no other server could be asked for the time.',
      'See for yourself with "timedatectl".',
    );
  const wrong = readings.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_SKEW_MS);
  if (wrong.length === 0)
    return ok(`It agrees with ${readings.map(({ server }) => server).join(', ')} to within 5 min.`);
  const listed = wrong.map(({ server, aheadMs }) => `${server} is ${words(aheadMs)}`).join(', ');
  const advice =
    'Set the clock of this machine: "timedatectl set-ntp true". Others refuse what is dated wrongly.';
  if (wrong.length === readings.length)
    return readings.length === 1
      ? failed(`This clock and that of another server differ: ${listed}.`, advice)
      : failed(`This clock differs from all that could be asked: ${listed}.`, advice);
  return wrong.length * 2 > readings.length
    ? failed(`This clock differs from most that could be asked: ${listed}.`, advice)
    : warning(`Clocks differ: ${listed}; the others agree with this one.`, 'Tell its operator.');
}

function words(aheadMs: number): string {
  return `${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead' : 'behind'}`;
}
