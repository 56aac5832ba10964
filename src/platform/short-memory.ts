import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

/** What is remembered of the last `max` keys, each for so long after it was set, whoever sets the clock meanwhile. */
export function shortMemory<K extends NonNullable<unknown>, V extends NonNullable<unknown>>(
  clock: Clock,
  max: number,
  ttlMs: number,
): LRUCache<K, V> {
  return new LRUCache({ max, ttl: ttlMs, ttlResolution: 0, perf: { now: () => clock.elapsed() } });
}
