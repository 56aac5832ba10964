import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { RecordsService } from '../peers/records.service.js';
import type { Rumor } from '../protocol/messages/ext/rumor.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { OfferedRecords } from './offered-records.js';
import { RumorMill } from './rumor-mill.js';

/** What another server passes on (wire protocol 2.3, `ext/rumor`). */
@Injectable()
export class RumorIntake {
  private readonly log: Logger;

  constructor(
    private readonly records: RecordsService,
    private readonly mill: RumorMill,
    private readonly offered: OfferedRecords,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'rumors' });
  }

  /** Each record stands for itself: one that is refused spoils no other. Answers the server_uuids of what is wanted. */
  async take(caller: Peer, { records, offers }: Rumor): Promise<string[]> {
    await this.takeAll(caller, records);
    await this.mill.noteOffered(
      offers.map(({ hash }) => hash),
      caller.serverUuid,
    );
    return this.offered.want(offers, caller);
  }

  private async takeAll(caller: Peer, records: readonly WireRecord[]): Promise<void> {
    const outcomes = await this.records.takeAllRelayed(records, caller, false);
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.type === 'refused') {
        const { serverUuid } = records[place]!;
        this.log.debug('A relayed record is not taken', {
          serverUuid,
          by: caller.serverId,
          code: outcome.code,
        });
      }
      this.events.emit('record.heard', { outcome: outcome.type === 'refused' ? outcome.code : outcome.type });
    }
  }
}
