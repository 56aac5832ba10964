import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Logger } from '../observability/logger.js';
import { PeersService } from '../peers/peers.service.js';
import { RecordsService } from '../peers/records.service.js';
import { Clock, type Timer } from '../platform/clock.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import { DirectoryClient } from './directory-client.js';
import { ASKED_MS, nextToAsk, wantedOf, type Offer } from './rumor-policy.js';

/** Hashes that were asked for and have not come yet. */
const MAX_ASKED = 10_000;

interface Asked {
  readonly offer: Offer;
  askedAtMs: number;
  /** The server_uuids of others that offered it. */
  readonly others: string[];
  timer: Timer;
}

/** What was offered and asked for (wire protocol 2.5): where it does not come, another of those that have it is asked. */
@Injectable()
export class OfferedRecords implements BeforeApplicationShutdown {
  /** By hash. */
  private readonly asked: LRUCache<string, Asked>;
  private readonly log: Logger;
  private fetching: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly records: RecordsService,
    private readonly peers: PeersService,
    private readonly directories: DirectoryClient,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.asked = new LRUCache({ max: MAX_ASKED, dispose: ({ timer }) => timer.cancel() });
    this.log = logger.child({ component: 'rumors' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.asked.clear();
    await this.fetching;
  }

  /** Answers the server_uuids of what `from` is asked for, of all that it offers. */
  async want(offered: readonly Offer[], from: string): Promise<string[]> {
    const missing = new Set(await this.records.wanted(offered));
    const held = new Map(
      offered.flatMap(({ serverUuid, hash }) => (missing.has(serverUuid) ? [] : [[serverUuid, hash]])),
    );
    const asked = new Map(
      offered.flatMap(({ hash }) => {
        const askedAtMs = this.asked.peek(hash)?.askedAtMs;
        return askedAtMs === undefined ? [] : [[hash, askedAtMs]];
      }),
    );
    const wanted = wantedOf({ offered, held, asked, nowMs: this.clock.now() });
    const isWanted = new Set(wanted);
    for (const offer of offered) {
      if (isWanted.has(offer.serverUuid)) this.note(offer);
      else if (missing.has(offer.serverUuid)) this.noteOther(offer, from);
    }
    return wanted;
  }

  private note(offer: Offer, others: string[] = []): void {
    if (this.isStopping) return;
    const timer = this.clock.after(ASKED_MS, () => {
      this.fetching = this.fetching.then(() => this.look(offer.hash));
    });
    this.asked.set(offer.hash, { offer, askedAtMs: this.clock.now(), others, timer });
  }

  private noteOther({ hash }: Offer, from: string): void {
    const others = this.asked.get(hash)?.others;
    if (others !== undefined && others.length < MAX_NEIGHBORS && !others.includes(from)) others.push(from);
  }

  private async look(hash: string): Promise<void> {
    const asked = this.asked.get(hash);
    if (asked === undefined) return;
    this.asked.delete(hash);
    try {
      const isHeld = (await this.records.wanted([asked.offer])).length === 0;
      // The timer says that its time is over; the time of day may be a millisecond behind.
      const other = nextToAsk(asked, isHeld, asked.askedAtMs + ASKED_MS);
      const peer = other === null ? null : await this.peers.findByUuid(other);
      if (peer === null) return;
      this.note(asked.offer, asked.others.slice(1));
      const records = await this.directories.records(peer, [asked.offer.serverUuid]);
      await this.records.takeAllRelayed(records, peer, true);
    } catch (error) {
      this.log.debug('A record that was offered could not be had', {
        serverUuid: asked.offer.serverUuid,
        error,
      });
    }
  }
}
