import { MAX_FORWARDED_HOPS } from '../protocol/limits.js';

/** What one hop may take: a call to a neighbour and the checks on the way. */
const HOP_TIMEOUT_MS = 1_500;

/**
 * How many hops a query may travel on from here, or 0 where it ends (wire protocol 1.3, DomainQuery).
 * The deadline for it is this many times HOP_TIMEOUT_MS, so every server in the tree gives up before the one that asked it.
 */
export function forwardedHops(maxHops: number): number {
  return Math.min(MAX_FORWARDED_HOPS, maxHops - 1);
}

export function deadlineMs(hops: number): number {
  return hops * HOP_TIMEOUT_MS;
}
