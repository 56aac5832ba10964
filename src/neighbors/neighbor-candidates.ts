import { Injectable } from '@nestjs/common';
import { ProverService } from '../admission/prover.service.js';
import { Clock } from '../platform/clock.js';
import { NEIGHBOR_CANDIDATE_AGE_MS } from '../protocol/limits.js';
import type { Peer } from '../peers/peer.js';
import { LinksRepository } from './links.repository.js';

/** A neighbour that was silent for this long is asked for its announcement at the next update. */
const SILENT_MS = 6 * 3_600_000;

/** Finds out who answers: of those that may become neighbours, and of neighbours that were not heard for long. */
@Injectable()
export class NeighborCandidates {
  constructor(
    private readonly repository: LinksRepository,
    private readonly prover: ProverService,
    private readonly clock: Clock,
  ) {}

  async askTheSilent(neighbors: readonly Peer[]): Promise<void> {
    const silentSince = this.clock.now() - SILENT_MS;
    const silent = neighbors.filter((peer) => peer.lastSeenAt < silentSince || peer.provenAt === null);
    await Promise.all(silent.map((peer) => this.prover.prove(peer)));
  }

  /** Those that answered us; where these are fewer than `count`, others are asked now. */
  async find(count: number): Promise<Peer[]> {
    const seenAfterMs = this.clock.now() - NEIGHBOR_CANDIDATE_AGE_MS;
    const size = { atRandom: count, longestKnown: 0, unproven: count };
    const known = await this.repository.sample(size, { seenAfterMs, bootstrapServers: [] });
    const peers = known.map(({ peer }) => peer);
    const proven = peers.filter(({ provenAt }) => provenAt !== null);
    const unproven = peers.filter(({ provenAt }) => provenAt === null).slice(0, count - proven.length);
    const answers = await Promise.all(unproven.map((peer) => this.prover.prove(peer)));
    return [...proven, ...unproven.filter((_peer, position) => answers[position])];
  }
}
