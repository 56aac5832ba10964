import { Inject, Injectable } from '@nestjs/common';
import { ProverService } from '../admission/prover.service.js';
import { CONFIG, type Config } from '../config/config.js';
import { Clock } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { NEIGHBOR_CANDIDATE_AGE_MS } from '../protocol/limits.js';
import type { Peer } from '../peers/peer.js';
import { candidateOf, isAbsent, type KnownPeer } from './link-facts.js';
import { LinksRepository, type SampleSize } from './links.repository.js';
import { LivenessService } from './liveness.service.js';
import { OTHERS_SAMPLED, type Candidate } from './neighbor-choice.js';
import { chooseLost, LOST_AFTER_MS, LOST_SAMPLE } from './reconnect-policy.js';

const OTHERS: SampleSize = { atRandom: OTHERS_SAMPLED, longestKnown: 0, unproven: 0 };

/** A peer that may become a neighbour, and what decides whether it does. */
export interface Prospect {
  readonly peer: Peer;
  readonly candidate: Candidate<string>;
}

/** Who may become a neighbour (wire protocol 2.6): seen within a week, and not down as far as we know. */
@Injectable()
export class LinkCandidates {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: LinksRepository,
    private readonly liveness: LivenessService,
    private readonly prover: ProverService,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** In random order. */
  async sample(size: SampleSize): Promise<Prospect[]> {
    const { bootstrapServers } = this.config;
    const nowMs = this.clock.now();
    const seenAfterMs = nowMs - NEIGHBOR_CANDIDATE_AGE_MS;
    const known = await this.repository.sample(size, { seenAfterMs, bootstrapServers });
    return known
      .filter(({ peer }) => !isAbsent(peer, { isDown: this.liveness.isDown(peer.serverUuid), nowMs }))
      .map((one) => this.prospectOf(one));
  }

  /** Some, to see whether others are to be had (`areOthersToBeHad`). */
  async others(): Promise<Candidate<string>[]> {
    return (await this.sample(OTHERS)).map(({ candidate }) => candidate);
  }

  /** Null for one that is not on file, or is blocked or revoked. */
  async find(serverUuid: string): Promise<Prospect | null> {
    const [known] = await this.repository.find([serverUuid]);
    return known === undefined ? null : this.prospectOf(known);
  }

  /** One that was lost, down or not heard of for long, and has just answered; else null. */
  async recovered(): Promise<Prospect | null> {
    const nowMs = this.clock.now();
    const down = await this.repository.find(this.random.sample(this.liveness.lost(), LOST_SAMPLE));
    const unheard = await this.repository.unheard(nowMs - LOST_AFTER_MS, LOST_SAMPLE);
    const peers = [...down.map(({ peer }) => peer), ...unheard];
    const facts = peers.map(({ serverUuid: id, lastSeenAt: lastSeenMs }) => ({
      ...{ id, lastSeenMs },
      isDown: this.liveness.isDown(id),
    }));
    const lost = chooseLost(this.random.shuffle(facts), nowMs);
    const peer = peers.find(({ serverUuid }) => serverUuid === lost);
    if (peer === undefined || !(await this.prover.prove(peer))) return null;
    return this.find(peer.serverUuid);
  }

  private prospectOf(known: KnownPeer): Prospect {
    return { peer: known.peer, candidate: candidateOf(known, this.config) };
  }
}
