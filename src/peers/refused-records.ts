import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { Clock } from '../platform/clock.js';
import { shortMemory } from '../platform/short-memory.js';

/** Hashes of 64 characters. */
const MAX_REFUSED = 50_000;
/** What could not be taken may be taken later: a name that was freed, a claim that was settled. */
const REFUSED_MEMORY_MS = 6 * 3_600_000;

/** Records that were brought and brought nothing, by hash: two servers may differ for good, and must not fetch for good. */
@Injectable()
export class RefusedRecords {
  private readonly hashes: LRUCache<string, true>;

  constructor(clock: Clock) {
    this.hashes = shortMemory(clock, MAX_REFUSED, REFUSED_MEMORY_MS);
  }

  note(hash: string): void {
    this.hashes.set(hash, true);
  }

  /** The operator has decided something, and what was refused may be taken now. */
  forget(): void {
    this.hashes.clear();
  }

  has(hash: string): boolean {
    return this.hashes.has(hash);
  }
}
