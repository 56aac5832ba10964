import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { checkedPlace } from './checked-place.js';
import { announcementUrl, ContactService } from './contact.service.js';
import { refillTokens } from './token-bucket.js';

/** Wire protocol 2.4: at most 8 checks at once, and one per second on average. */
const MAX_CONCURRENT = 8;
const CHECKS_PER_SECOND = 1;
const BURST = 8;
/** Newcomers waiting for their check; beyond it the neighbour update finds them later. */
const MAX_WAITING = 1_000;
/** A place that did not prove anybody is left alone for 10 minutes (wire protocol 2.4; checked-place.ts). */
const FAILURE_MEMORY_MS = 600_000;
const MAX_FAILURES = 10_000;

/** Checks that servers are where they say: fetches each one's announcement from the endpoint that it announced. */
@Injectable()
export class ProverService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly waiting = new Set<string>();
  private readonly inFlight = new Map<string, Promise<boolean>>();
  private readonly failures: LRUCache<string, true>;
  private readonly stop = new AbortController();
  private readonly log: Logger;
  private running = 0;
  private bucket: { tokens: number; atMs: number };
  private wakeUp: { cancel(): void } | null = null;
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly peers: PeersService,
    private readonly contact: ContactService,
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.failures = new LRUCache({
      max: MAX_FAILURES,
      ttl: FAILURE_MEMORY_MS,
      ttlResolution: 0,
      perf: clock,
    });
    this.bucket = { tokens: BURST, atMs: clock.now() };
    this.log = logger.child({ component: 'admission' });
  }

  /** Whoever is new, moved, renamed itself, or announces itself while it has yet to answer, is checked in its turn. */
  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('peer.learned', ({ serverUuid }) => this.enqueue(serverUuid)),
      this.events.on('peer.unproven', ({ serverUuid }) => this.enqueue(serverUuid)),
      this.events.on('peer.changed', ({ serverUuid, change }) => {
        if (change === 'moved' || change === 'renamed') this.enqueue(serverUuid);
      }),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.stop.abort(new Error('the daemon is stopping'));
    this.wakeUp?.cancel();
    this.waiting.clear();
  }

  /** Checks it now. False where it did not answer with what is on file, now or within the last 10 minutes. */
  prove(peer: Peer): Promise<boolean> {
    const running = this.inFlight.get(peer.serverUuid);
    if (running !== undefined) return running;
    const check = this.callBack(peer).finally(() => this.inFlight.delete(peer.serverUuid));
    this.inFlight.set(peer.serverUuid, check);
    return check;
  }

  private async callBack(peer: Peer): Promise<boolean> {
    const url = announcementUrl(peer);
    const place = checkedPlace(peer.serverId, url);
    if (this.failures.has(place)) return false;
    // Noted before the call, so that a hundred newcomers naming one victim make one call and not a hundred.
    this.failures.set(place, true);
    try {
      const fetched = await this.contact.fetch(url, this.stop.signal);
      const isProven = await this.contact.introduce(fetched, { type: 'fetched' });
      if (!isProven || fetched.announcement.serverUuid !== peer.serverUuid) return false;
      this.failures.delete(place);
      return true;
    } catch (error) {
      this.log.debug('A server is not where it says', { serverId: peer.serverId, url, error });
      return false;
    }
  }

  private enqueue(serverUuid: string): void {
    if (this.waiting.size >= MAX_WAITING || this.stop.signal.aborted) return;
    this.waiting.add(serverUuid);
    this.wakeAfter(0);
  }

  private drain(): void {
    this.bucket = refillTokens(this.bucket, this.clock.now(), {
      perSecond: CHECKS_PER_SECOND,
      capacity: BURST,
    });
    while (this.waiting.size > 0 && this.running < MAX_CONCURRENT && this.bucket.tokens >= 1) {
      const [serverUuid] = this.waiting;
      this.waiting.delete(serverUuid!);
      this.bucket = { ...this.bucket, tokens: this.bucket.tokens - 1 };
      void this.check(serverUuid!);
    }
    if (this.waiting.size > 0 && this.running < MAX_CONCURRENT) {
      this.wakeAfter(((1 - this.bucket.tokens) / CHECKS_PER_SECOND) * 1000);
    }
  }

  private wakeAfter(delayMs: number): void {
    this.wakeUp ??= this.clock.after(delayMs, () => {
      this.wakeUp = null;
      this.drain();
    });
  }

  private async check(serverUuid: string): Promise<void> {
    this.running += 1;
    try {
      const peer = await this.peers.findByUuid(serverUuid);
      if (peer !== null && peer.provenAt === null) await this.prove(peer);
    } catch (error) {
      this.log.warn('A check of a newcomer failed', { serverUuid, error });
    } finally {
      this.running -= 1;
      if (!this.stop.signal.aborted) this.drain();
    }
  }
}
