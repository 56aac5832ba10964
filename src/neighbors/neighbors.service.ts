import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { GOSSIP_TARGET_AGE_MS } from '../protocol/limits.js';
import type { Peer } from '../peers/peer.js';
import { LinksRepository, type LinkTally } from './links.repository.js';
import { LivenessService } from './liveness.service.js';
import { preferringUp } from './liveness.js';

/** The few servers that we gossip with and ask (wire protocol 1.6). */
@Injectable()
export class NeighborsService {
  constructor(
    private readonly repository: LinksRepository,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Neither blocked nor revoked. */
  async members(): Promise<Peer[]> {
    return (await this.repository.links()).map(({ peer }) => peer);
  }

  /** Those that speak `ext:1`, in whichever state. */
  async extNeighbors(): Promise<Peer[]> {
    return (await this.members()).filter((peer) => peer.speaksExt && peer.provenAt !== null);
  }

  /** Those of them that are not down. */
  async extNeighborsNotDown(): Promise<Peer[]> {
    return (await this.extNeighbors()).filter(({ serverUuid }) => !this.liveness.isDown(serverUuid));
  }

  /** How many there are of each kind. */
  tally(): Promise<LinkTally[]> {
    return this.repository.tally();
  }

  /** Up to `count` neighbours at random, of those that answered us and were seen within a day: who is up before who is not. */
  async active(count: number): Promise<Peer[]> {
    const seenAfterMs = this.clock.now() - GOSSIP_TARGET_AGE_MS;
    const active = (await this.members()).filter(
      (peer) => peer.provenAt !== null && peer.lastSeenAt >= seenAfterMs,
    );
    const ranked = preferringUp(this.random.shuffle(active), ({ serverUuid }) =>
      this.liveness.sighting(serverUuid),
    );
    return ranked.slice(0, count);
  }
}
