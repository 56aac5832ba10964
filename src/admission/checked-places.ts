import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { Clock } from '../platform/clock.js';
import { shortMemory } from '../platform/short-memory.js';

/** A place that did not prove anybody is left alone for 10 minutes (wire protocol 2.4). */
export const FAILURE_MEMORY_MS = 600_000;
const MAX_FAILURES = 10_000;

/** Where we called in vain of late, so that whoever names a victim again and again does not make us call it again. */
@Injectable()
export class CheckedPlaces {
  private readonly failures: LRUCache<string, true>;

  constructor(clock: Clock) {
    this.failures = shortMemory(clock, MAX_FAILURES, FAILURE_MEMORY_MS);
  }

  /** Whether it may be called. It counts as called in vain from this moment on: a hundred that name it at once make one call. */
  take(place: string): boolean {
    if (this.failures.has(place)) return false;
    this.failures.set(place, true);
    return true;
  }

  /** It has proved somebody. */
  clear(place: string): void {
    this.failures.delete(place);
  }
}

/**
 * Under what the failure of a check is remembered. By origin, so that a hundred newcomers that name one victim make
 * one call and not a hundred; but a server that is named after its host has its own memory there, or whoever
 * names that host first, and a path at which nobody answers, would keep the server itself from being checked.
 */
export function checkedPlace(serverId: string, announcementUrl: string): string {
  const { hostname, origin, href } = new URL(announcementUrl);
  return hostname === serverId ? href : origin;
}
