import { Injectable } from '@nestjs/common';
import type { Peer } from '../peers/peer.js';
import { Clock } from '../platform/clock.js';
import type { View } from '../protocol/messages/ext/view.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { LivenessService } from './liveness.service.js';
import { NeighborsService } from './neighbors.service.js';

/** How this server sees another one, for that one's operator (wire protocol 2.3, `ext/view`). */
@Injectable()
export class ViewService {
  constructor(
    private readonly neighbors: NeighborsService,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
  ) {}

  /** @param callersTimeMs by its clock, when it asked, in whole seconds */
  async of(caller: Peer, callersTimeMs: number): Promise<View> {
    const sighting = this.liveness.sighting(caller.serverUuid);
    const members = await this.neighbors.members();
    const secondsAhead = Math.round((callersTimeMs - this.clock.now()) / 1000);
    return {
      known: true,
      proven: caller.provenAt !== null,
      neighbor: members.some(({ serverUuid }) => serverUuid === caller.serverUuid),
      reachableSince: sighting?.state === 'up' ? formatTimestamp(sighting.sinceMs) : null,
      lastContact: formatTimestamp(Math.max(caller.lastSeenAt, sighting?.heardAtMs ?? 0)),
      clockDifferenceMs: secondsAhead * 1000,
    };
  }
}
