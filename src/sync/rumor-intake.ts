import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { RecordsService } from '../peers/records.service.js';
import { Clock } from '../platform/clock.js';
import type { Rumor } from '../protocol/messages/ext/rumor.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { RumorMill } from './rumor-mill.js';
import { ASKED_MS, wantedOf } from './rumor-policy.js';

/** Hashes that were asked for and have not come yet. */
const MAX_ASKED = 10_000;

/** What another server passes on (wire protocol 2.3, `ext/rumor`). */
@Injectable()
export class RumorIntake {
  private readonly asked: LRUCache<string, number>;
  private readonly log: Logger;

  constructor(
    private readonly records: RecordsService,
    private readonly mill: RumorMill,
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.asked = new LRUCache({ max: MAX_ASKED, ttl: ASKED_MS, ttlResolution: 0, perf: clock });
    this.log = logger.child({ component: 'rumors' });
  }

  /** Each record stands for itself: one that is refused spoils no other. Answers the server_uuids of what is wanted. */
  async take(caller: Peer, { records, offers }: Rumor): Promise<string[]> {
    for (const record of records) await this.takeOne(caller, record);
    for (const { hash } of offers) this.mill.noteKnown(hash, caller.serverUuid);
    const held = await this.records.hashesOf(offers.map(({ serverUuid }) => serverUuid));
    const wanted = wantedOf({ offered: offers, held, asked: new Map(this.asked.entries()), nowMs: this.clock.now() });
    const hashes = new Map(offers.map(({ serverUuid, hash }) => [serverUuid, hash]));
    for (const serverUuid of wanted) this.asked.set(hashes.get(serverUuid)!, this.clock.now());
    return wanted;
  }

  private async takeOne(caller: Peer, record: WireRecord): Promise<void> {
    const taken = await this.records.takeRelayed(record, { introducer: caller, cameBy: 'rumor' });
    if (taken.type === 'refused') {
      this.log.debug('A relayed record is not taken', { serverUuid: record.serverUuid, by: caller.serverId, code: taken.code });
    } else {
      this.mill.noteKnown(taken.hash, caller.serverUuid);
    }
    this.events.emit('record.heard', { outcome: taken.type === 'refused' ? taken.code : taken.type });
  }
}
