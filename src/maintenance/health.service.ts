import { Injectable } from '@nestjs/common';
import { saturation } from '../neighbors/neighbor-policy.js';
import type { LinkTally } from '../neighbors/links.repository.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import type { CensusRow } from '../peers/census.js';
import { PeersService } from '../peers/peers.service.js';
import { HealthSources } from './health-sources.js';
import { problemsOf, type Problem } from './health-policy.js';

/** Counting reads the whole directory, and anyone may ask: the figures may be this old. */
const FIGURES_AGE_MS = 5_000;
/** A database that takes longer than this to count counts as away: who asks wants to know soon. */
const PATIENCE_MS = 4_000;

export interface Figures {
  readonly peers: number;
  readonly neighbors: number;
  readonly saturation: number;
  readonly census: readonly CensusRow[];
  /** The neighbours, of each kind. */
  readonly tally: readonly LinkTally[];
}

export interface Health {
  /** What is not as it should be. */
  readonly problems: readonly Problem[];
  /** Null where the database cannot be asked. */
  readonly figures: Figures | null;
  /** Epoch milliseconds; null before the first round. */
  readonly lastRoundAt: number | null;
  readonly uptimeMs: number;
}

@Injectable()
export class HealthService {
  readonly startedAt: number;
  private readonly cached: Cached<Figures>;

  constructor(
    private readonly sources: HealthSources,
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
    // The directory's counts may be a few seconds old; that of the neighbours asks the database now.
    const figures = await this.inTime(this.count()).catch(() => null);
    const { startedAt } = this;
    const nowMs = this.clock.now();
    const known = this.sources.read();
    const problems = problemsOf({
      ...known,
      nowMs,
      startedAt,
      isDatabaseReachable: figures !== null,
      neighbors: figures?.neighbors ?? null,
    });
    return { problems, figures, lastRoundAt: known.lastRoundAt, uptimeMs: nowMs - startedAt };
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const patience = this.clock.sleep(PATIENCE_MS, over.signal).then(() => {
      throw new Error('the database takes too long to count');
    });
    try {
      return await Promise.race([work, patience]);
    } finally {
      patience.catch(() => undefined);
      over.abort();
    }
  }

  private async count(): Promise<Figures> {
    const [counts, tally] = await Promise.all([this.peers.counts(), this.neighbors.tally()]);
    const neighbors = tally.reduce((sum, { count }) => sum + count, 0);
    return {
      peers: counts.usable,
      neighbors,
      tally,
      saturation: saturation(neighbors, counts.usable, counts.recent),
      census: counts.census,
    };
  }
}
