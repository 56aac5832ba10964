import { Inject, Injectable } from '@nestjs/common';
import { Logger } from '../observability/logger.js';
import { CONFIG, type Config } from '../config/config.js';
import { isCallable, type Peer } from '../peers/peer.js';
import type { ShownPeerAnswer } from './peer-views-schemas.js';
import { ViewClient } from './view-client.js';

/** The operator waits for it. */
const TIMEOUT_MS = 3_000;

/** How another server sees us, as far as it tells. */
@Injectable()
export class TheirView {
  private readonly log: Logger;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly views: ViewClient,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'neighbors' });
  }

  /** Null for whoever is not asked, and for whoever does not answer: what is on file is shown all the same. */
  async of(peer: Peer): Promise<ShownPeerAnswer['seen_by_it']> {
    if (this.config.extensions !== 'on' || !isCallable(peer)) return null;
    try {
      const { view } = await this.views.ask(peer, { timeoutMs: TIMEOUT_MS });
      if (view === null) return null;
      const { known, proven, neighbor, reachableSince, lastContact, clockDifferenceMs } = view;
      return {
        known,
        proven,
        neighbor,
        reachable_since: reachableSince,
        last_contact: lastContact,
        clock_difference_ms: clockDifferenceMs,
      };
    } catch (error) {
      this.log.debug('A server cannot be asked how it sees us', { serverId: peer.serverId, error });
      return null;
    }
  }
}
