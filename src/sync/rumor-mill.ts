import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus, type DomainEvents } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock, type Timer } from '../platform/clock.js';
import { shortMemory } from '../platform/short-memory.js';
import { Random } from '../platform/random.js';
import { RumorOutbox } from './rumor-outbox.js';
import { isRumor, planRumor, stillToTell, type RumorPlan } from './rumor-policy.js';

/** Records whose tellers are remembered: as many as 200,000 servers sign anew in an hour. */
const MAX_REMEMBERED = 10_000;
/** After that a record is no rumour any more. */
const REMEMBERED_MS = 10 * 60_000;
/** Timers of rumours that wait for their time, one or two each; one more is left to the comparing of directories. */
const MAX_TIMERS = 4_000;

type RecordChange = DomainEvents['record.changed'];

/** Passes on what is news, once (wire protocol 2.5, "Rumour"). */
@Injectable()
export class RumorMill implements OnModuleInit, BeforeApplicationShutdown {
  /** By record hash: the server_uuids of those who have it. */
  private readonly knowing: LRUCache<string, Set<string>>;
  private readonly timers = new Set<Timer>();
  private readonly log: Logger;
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly neighbors: NeighborsService,
    private readonly outbox: RumorOutbox,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'rumors' });
    this.knowing = shortMemory(clock, MAX_REMEMBERED, REMEMBERED_MS);
  }

  onModuleInit(): void {
    this.unsubscribe = this.events.on('record.changed', (change) => this.consider(change));
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** A server offers these. Of whom is no neighbour nothing is kept: nobody would tell it, and there may be thousands of them. */
  async noteOffered(hashes: readonly string[], serverUuid: string): Promise<void> {
    if (hashes.length === 0) return;
    const neighbors = await this.neighbors.extNeighbors();
    if (!neighbors.some((neighbor) => neighbor.serverUuid === serverUuid)) return;
    for (const hash of hashes) this.noteKnown(hash, serverUuid);
  }

  /** Whether a neighbour has shown, a short while ago, that it has this record. */
  isKnownTo(serverUuid: string, hash: string): boolean {
    return this.knowing.get(hash)?.has(serverUuid) === true;
  }

  private get isFull(): boolean {
    return this.timers.size >= MAX_TIMERS;
  }

  private async consider(change: RecordChange): Promise<void> {
    const { serverUuid, hash, from } = change;
    // Also of what is no rumour: it is not offered to whom it came from.
    if (from !== null) this.noteKnown(hash, from);
    if (!isRumor({ ...change, nowMs: this.clock.now() }) || this.isFull) return;
    this.noteKnown(hash, serverUuid);
    const neighbors = await this.neighbors.extNeighborsNotDown();
    // Many may have come meanwhile.
    if (this.isFull) return;
    const plan = planRumor({
      neighbors: this.random.shuffle(neighbors.map((neighbor) => neighbor.serverUuid)),
      knowing: this.knowing.get(hash) ?? new Set<string>(),
      jitterDraw: this.random.uniform(),
    });
    this.spread(change, plan);
  }

  private spread({ serverUuid, hash }: RecordChange, plan: RumorPlan<string>): void {
    const told = (audience: readonly string[]): string[] =>
      stillToTell(audience, this.knowing.get(hash) ?? new Set());
    this.after(plan.pushAfterMs, () => this.outbox.push(told(plan.push), serverUuid));
    if (plan.offer.length > 0) {
      this.after(plan.offerAfterMs, () => this.outbox.offer(told(plan.offer), { serverUuid, hash }));
    }
    this.log.debug('Passing on a record', { serverUuid, push: plan.push.length, offer: plan.offer.length });
  }

  private after(delayMs: number, run: () => void): void {
    const timer = this.clock.after(delayMs, () => {
      this.timers.delete(timer);
      run();
    });
    this.timers.add(timer);
  }

  /** A server has shown that it has this record: it need not be told. */
  private noteKnown(hash: string, serverUuid: string): void {
    const known = this.knowing.get(hash) ?? new Set();
    this.knowing.set(hash, known.add(serverUuid));
  }
}
