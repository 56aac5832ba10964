import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { CallBack } from './call-back.js';
import { CheckQueue } from './check-queue.js';
import { announcementUrl } from './contact.service.js';

/** Checks that servers on file are where they say: fetches each one's announcement from the endpoint that it announced. */
@Injectable()
export class ProverService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly inFlight = new Map<string, Promise<boolean>>();
  private readonly log: Logger;
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly peers: PeersService,
    private readonly callBack: CallBack,
    private readonly queue: CheckQueue,
    private readonly events: EventBus,
    logger: Logger,
  ) {
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
  }

  /** Checks it now. False where it did not answer with what is on file, now or within the last 10 minutes. */
  prove(peer: Peer): Promise<boolean> {
    const running = this.inFlight.get(peer.serverUuid);
    if (running !== undefined) return running;
    const check = this.call(peer).finally(() => this.inFlight.delete(peer.serverUuid));
    this.inFlight.set(peer.serverUuid, check);
    return check;
  }

  private async call(peer: Peer): Promise<boolean> {
    try {
      await this.callBack.prove(peer, { type: 'fetched', isVerified: false }, this.queue.signal);
      return true;
    } catch (error) {
      const { serverId } = peer;
      this.log.debug('A server is not where it says', { serverId, url: announcementUrl(peer), error });
      return false;
    }
  }

  private enqueue(serverUuid: string): void {
    this.queue.enqueue(serverUuid, async () => {
      const peer = await this.peers.findByUuid(serverUuid);
      if (peer !== null && peer.provenAt === null) await this.prove(peer);
    });
  }
}
