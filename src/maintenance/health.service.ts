import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { GossipService } from '../gossip/gossip.service.js';
import { IdentityService } from '../identity/identity.service.js';
import { saturation } from '../neighbors/neighbor-policy.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import { PeersService } from '../peers/peers.service.js';

/** Counting reads the whole directory, and anyone may ask: the figures may be this old. */
const FIGURES_AGE_MS = 5_000;
/** Rounds that may be missed before it is worth a word. */
const MISSED_ROUNDS = 3;

export interface Figures {
  readonly peers: number;
  readonly neighbors: number;
  readonly saturation: number;
}

export interface Health {
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
  /** Null where the database cannot be asked. */
  readonly saturation: number | null;
  /** Epoch milliseconds; null before the first round. */
  readonly lastRoundAt: number | null;
  readonly uptimeMs: number;
}

@Injectable()
export class HealthService {
  private readonly startedAt: number;
  private readonly cached: Cached<Figures>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly identity: IdentityService,
    private readonly gossip: GossipService,
    private readonly peers: PeersService,
    private readonly neighbors: NeighborsService,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    this.cached = new Cached(clock, FIGURES_AGE_MS, () => this.count());
  }

  figures(): Promise<Figures> {
    return this.cached.get();
  }

  async check(): Promise<Health> {
    const figures = await this.count().catch(() => null);
    const now = this.clock.now();
    const problems = [
      figures !== null ? null : 'the database cannot be reached',
      this.identity.self.revokedAt === null ? null : 'the identity of this server is revoked',
      // Without the reason, which names addresses of our own network: it is in the log.
      this.identity.keyStoreProblem === null
        ? null
        : 'the secret store cannot be used; the daemon runs on with the key it holds',
      this.roundsAreMissing(now) ? 'gossip rounds are not run' : null,
      figures?.neighbors === 0 && this.shouldHaveMet(now)
        ? 'there is no neighbour, and no bootstrap server was met (the log says why)'
        : null,
    ].filter((problem) => problem !== null);
    return {
      problems,
      saturation: figures?.saturation ?? null,
      lastRoundAt: this.gossip.lastRoundAt,
      uptimeMs: now - this.startedAt,
    };
  }

  private async count(): Promise<Figures> {
    const [counts, neighbors] = await Promise.all([this.peers.counts(), this.neighbors.count()]);
    return {
      peers: counts.usable,
      neighbors,
      saturation: saturation(neighbors, counts.usable, counts.recent),
    };
  }

  /** A server without bootstrap servers may be the first of its federation. */
  private shouldHaveMet(now: number): boolean {
    const { bootstrapServers, gossipIntervalMs } = this.config;
    return bootstrapServers.length > 0 && now - this.startedAt > MISSED_ROUNDS * gossipIntervalMs;
  }

  private roundsAreMissing(now: number): boolean {
    const since = this.gossip.lastRoundAt ?? this.startedAt;
    return now - since > MISSED_ROUNDS * this.config.gossipIntervalMs;
  }
}
