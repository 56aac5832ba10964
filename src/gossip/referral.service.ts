import { Injectable, BeforeApplicationShutdown } from '@nestjs/common';
import { checkedPlace, CheckedPlaces } from '../admission/checked-places.js';
import { ContactService, type Fetched } from '../admission/contact.service.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { EXCHANGE_LOOKUPS } from '../protocol/limits.js';
import { InquiryService } from '../routing/inquiry.service.js';

/** Peers whose names wait to be looked into; one more is dropped, and will tell again next round. */
const MAX_WAITING = 100;
/** To ask the peer and to fetch what it points to: a slow peer must not hold up the others for long. */
const LOOKUP_TIMEOUT_MS = 6_000;

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
  /** By server_uuid: nobody waits twice. */
  private readonly waiting = new Map<string, Referral>();
  private readonly stop = new AbortController();
  private readonly log: Logger;
  private running: Promise<void> | null = null;

  constructor(
    private readonly peers: PeersService,
    private readonly inquiries: InquiryService,
    private readonly contact: ContactService,
    private readonly places: CheckedPlaces,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'referrals' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('the daemon is stopping'));
    await this.running;
  }

  /** Picks the names to look up, and has them looked up in their turn. */
  async refer(referrer: Peer, told: readonly string[]): Promise<void> {
    const names = (await this.peers.unknownNames(told)).slice(0, EXCHANGE_LOOKUPS);
    if (names.length === 0 || this.waiting.size >= MAX_WAITING || this.stop.signal.aborted) return;
    this.waiting.set(referrer.serverUuid, { referrer, names });
    this.running ??= this.work();
  }

  private async work(): Promise<void> {
    for (const [serverUuid, referral] of this.waiting) {
      this.waiting.delete(serverUuid);
      await this.followUp(referral);
    }
    this.running = null;
  }

  private async followUp({ referrer, names }: Referral): Promise<void> {
    for (const name of names) {
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
    const inquiry = { domain, maxHops: 1, timeoutMs: LOOKUP_TIMEOUT_MS };
    const fetched = await this.inquiries.ask([referrer], inquiry, async ([asked], signal) => {
      const answer = await asked;
      if (!answer?.found || answer.endpointUrl === null) return null;
      return this.locate(answer.endpointUrl, domain, AbortSignal.any([signal, this.stop.signal]));
    });
    if (fetched !== null) await this.contact.introduce(fetched, { type: 'fetched', isVerified: false });
  }

  /** Peers that name one victim again and again do not make us call it again (wire protocol 2.4). */
  private async locate(endpoint: string, domain: string, signal: AbortSignal): Promise<Fetched | null> {
    const place = checkedPlace(domain, endpoint);
    if (!this.places.take(place)) return null;
    const fetched = await this.contact.locate(endpoint, domain, signal);
    if (fetched !== null) this.places.clear(place);
    return fetched;
  }
}
