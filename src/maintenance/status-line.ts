import { HOUR_MS, MINUTE_MS } from '../protocol/durations.js';
import type { Problem } from './health-policy.js';
import type { Figures, Health } from './health.service.js';

/** What of a `Health` is told. */
interface Told {
  readonly problems: readonly Pick<Problem, 'detail'>[];
  readonly figures: Pick<Figures, 'peers' | 'neighbors'> | null;
  readonly lastRoundAt: Health['lastRoundAt'];
}

/** What an operator wants to know at one glance: what is wrong, else whom we know and when we last spoke to them. */
export function statusLine({ problems, lastRoundAt, figures }: Told, nowMs: number): string {
  const gossip = lastRoundAt === null ? 'no gossip yet' : `last gossip ${ago(nowMs - lastRoundAt)}`;
  const known =
    figures === null
      ? []
      : [`${count(figures.neighbors, 'neighbour')}, ${count(figures.peers, 'peer')}; ${gossip}`];
  return [
    ...(problems.length === 0 ? [] : [`degraded: ${problems.map(({ detail }) => detail).join('; ')}`]),
    ...known,
  ].join('; ');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function ago(ms: number): string {
  if (ms < MINUTE_MS) return 'just now';
  return ms < 2 * HOUR_MS ? `${Math.floor(ms / MINUTE_MS)} min ago` : `${Math.floor(ms / HOUR_MS)} h ago`;
}
