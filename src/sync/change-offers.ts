import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EventBus } from '../observability/events.js';
import { RecordsService } from '../peers/records.service.js';
import { MAX_RUMOR_OFFERS } from '../protocol/limits.js';
import { MAX_PARTNERS } from './partner-policy.js';
import { RumorMill } from './rumor-mill.js';
import { RumorOutbox } from './rumor-outbox.js';

/**
 * After a comparison that found a difference, offers to that neighbour what has arrived here since the last one with it. It
 * would read it at a turn of its own, minutes later; and what half of a federation has missed has only these turns to cross
 * (wire protocol 2.5, "Anti-entropy"; ADR 34).
 */
@Injectable()
export class ChangeOffers implements OnModuleInit, BeforeApplicationShutdown {
  /** By server_uuid, up to which arrival here it was offered what there is, or had the chance to compare. */
  private readonly offered = new LRUCache<string, number>({ max: MAX_PARTNERS });
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly records: RecordsService,
    private readonly mill: RumorMill,
    private readonly outbox: RumorOutbox,
    private readonly events: EventBus,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.events.on('sync.finished', ({ serverUuid, equal }) =>
      this.offer(serverUuid, equal),
    );
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
  }

  private async offer(partner: string, isEqual: boolean): Promise<void> {
    const since = this.offered.get(partner);
    this.offered.set(partner, await this.records.lastArrival());
    if (since === undefined || isEqual) return;
    for (const { serverUuid, hash } of await this.records.hashesAfter(since, MAX_RUMOR_OFFERS))
      if (!this.mill.isKnownTo(partner, hash)) this.outbox.offer([partner], { serverUuid, hash });
  }
}
