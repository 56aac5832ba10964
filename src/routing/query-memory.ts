import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { Clock } from '../platform/clock.js';
import { shortMemory } from '../platform/short-memory.js';
import { QUERY_MEMORY_MS, QUERY_MEMORY_SIZE } from '../protocol/limits.js';

/**
 * The query ids of the last five minutes, so that a query that comes back in a circle is answered once
 * (wire protocol 1.6). Proven askers have a memory of their own, our own queries among them: strangers cannot flush it.
 */
@Injectable()
export class QueryMemory {
  private readonly proven: LRUCache<string, true>;
  private readonly unproven: LRUCache<string, true>;

  constructor(clock: Clock) {
    this.proven = shortMemory(clock, QUERY_MEMORY_SIZE, QUERY_MEMORY_MS);
    this.unproven = shortMemory(clock, QUERY_MEMORY_SIZE, QUERY_MEMORY_MS);
  }

  isNew(queryId: string): boolean {
    return !this.proven.has(queryId) && !this.unproven.has(queryId);
  }

  /** True the first time. */
  note(queryId: string, isProven: boolean): boolean {
    if (!this.isNew(queryId)) return false;
    (isProven ? this.proven : this.unproven).set(queryId, true);
    return true;
  }
}
