import { Injectable } from '@nestjs/common';
import { Random } from '../platform/random.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import type { NewLink } from './links.repository.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import { NeighborLinks } from './neighbor-links.js';
import { planNeighbors, type NeighborPlan } from './neighbor-policy.js';

/** The neighbours of a server without the extension: the plan of version 1.0 (wire protocol 1.6). */
@Injectable()
export class PlannedNeighbors {
  constructor(
    private readonly links: NeighborLinks,
    private readonly candidates: NeighborCandidates,
    private readonly random: Random,
  ) {}

  /** The neighbour update of wire protocol 1.6. */
  async update(): Promise<NeighborPlan> {
    const found = await this.candidates.find(MAX_NEIGHBORS);
    const [replaceDraw, leaverDraw] = [this.random.uniform(), this.random.uniform()];
    return this.links.change(({ all }) => {
      const current = all.map(({ peer }) => peer.serverUuid);
      // One may have been welcomed while others were asked.
      const peers = found.filter(({ serverUuid }) => !current.includes(serverUuid));
      const candidates = peers.map(({ serverUuid }) => serverUuid);
      const outcome = planNeighbors({ current, candidates, replaceDraw, leaverDraw });
      const put = peers.filter(({ serverUuid }) => outcome.add.includes(serverUuid)).map(atRandom);
      return { drop: outcome.drop, put, outcome };
    });
  }

  welcome(peer: NewLink['peer']): Promise<void> {
    return this.links.change(({ all }) => {
      const isFull = all.length >= MAX_NEIGHBORS;
      const isLinked = all.some((link) => link.peer.serverUuid === peer.serverUuid);
      return { put: isFull || isLinked ? [] : [atRandom(peer)], outcome: undefined };
    });
  }
}

function atRandom(peer: NewLink['peer']): NewLink {
  return { peer, role: 'random', chosenBy: 'us' };
}
