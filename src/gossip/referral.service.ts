import { Injectable, BeforeApplicationShutdown } from '@nestjs/common';
import { ContactService } from '../admission/contact.service.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { InquiryService } from '../routing/inquiry.service.js';
import { namesToLookUp } from './exchange-policy.js';

/** Exchanges waiting to be looked into; one more is dropped, and its sender will tell again next round. */
const MAX_WAITING = 100;

interface Referral {
  readonly referrer: Peer;
  readonly names: readonly string[];
}

/**
 * Follows up on the names in a peer's exchange: asks the peer where each unknown one is, fetches the announcement
 * found, and takes it as a newcomer's (wire protocol 1.3, PeerExchange). One after the other, in the background.
 */
@Injectable()
export class ReferralService implements BeforeApplicationShutdown {
  private readonly waiting: Referral[] = [];
  private readonly stop = new AbortController();
  private readonly log: Logger;
  private running: Promise<void> | null = null;

  constructor(
    private readonly peers: PeersService,
    private readonly inquiries: InquiryService,
    private readonly contact: ContactService,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'referrals' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('the daemon is stopping'));
    await this.running;
  }

  enqueue(referrer: Peer, names: readonly string[]): void {
    if (names.length === 0 || this.waiting.length >= MAX_WAITING || this.stop.signal.aborted) return;
    this.waiting.push({ referrer, names });
    this.running ??= this.work().finally(() => (this.running = null));
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (this.stop.signal.aborted) return;
      await this.followUp(next).catch((error: unknown) =>
        this.log.warn('A referral could not be followed up', { error }),
      );
    }
  }

  private async followUp({ referrer, names }: Referral): Promise<void> {
    for (const name of namesToLookUp(await this.peers.unknownNames(names))) {
      if (this.stop.signal.aborted) return;
      await this.lookUp(referrer, name).catch((error: unknown) =>
        this.log.debug('A server that a peer knows could not be taken', {
          serverId: name,
          referrer: referrer.serverId,
          error,
        }),
      );
    }
  }

  private async lookUp(referrer: Peer, domain: string): Promise<void> {
    const fetched = await this.inquiries.ask([referrer], { domain, maxHops: 1 }, async ([asked], signal) => {
      const answer = await asked;
      if (!answer?.found || answer.endpointUrl === null) return null;
      return this.contact.locate(answer.endpointUrl, domain, AbortSignal.any([signal, this.stop.signal]));
    });
    if (fetched !== null) await this.contact.introduce(fetched, { type: 'fetched' });
  }
}
