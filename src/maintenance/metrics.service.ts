import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LivenessService } from '../neighbors/liveness.service.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { readProcess } from '../observability/metrics/process-metrics.js';
import { HealthService, type Figures } from './health.service.js';
import { HealthSources, type KnownFacts } from './health-sources.js';
import { PROBLEM_REASONS, type Problem } from './health-policy.js';

/** Completes what was counted as it happened by what is read when somebody asks, from the same figures as /health. */
@Injectable()
export class MetricsService {
  constructor(
    private readonly metrics: Metrics,
    private readonly health: HealthService,
    private readonly sources: HealthSources,
    private readonly database: Database,
    private readonly liveness: LivenessService,
  ) {}

  /** Answers what it has where the database cannot be asked. */
  async text(): Promise<string> {
    const { figures, problems } = await this.health.check();
    this.readDirectory(figures);
    this.readFederation(this.sources.read(), problems);
    for (const [state, count] of Object.entries(this.liveness.tally()))
      this.metrics.watched.set({ state }, count);
    this.readDatabase(figures !== null);
    readProcess(this.metrics);
    return this.metrics.registry.metrics();
  }

  /** Nothing where nothing is known: an old figure would look like a new one. */
  private readDirectory(figures: Figures | null): void {
    const { peers, neighbors, neighborRoles, saturation } = this.metrics;
    peers.reset();
    neighborRoles.reset();
    if (figures === null) {
      neighbors.remove();
      saturation.remove();
      return;
    }
    for (const { trust, seen, proven, count } of figures.census) {
      peers.set({ trust, seen, proven: proven ? 'yes' : 'no' }, count);
    }
    neighbors.set(figures.neighbors);
    for (const { role, chosenBy, count } of figures.tally)
      neighborRoles.set({ role, chosen_by: chosenBy }, count);
    saturation.set(figures.saturation);
  }

  private readFederation(known: KnownFacts, problems: readonly Problem[]): void {
    const { metrics } = this;
    metrics.lastRound.set((known.lastRoundAt ?? 0) / 1000);
    metrics.bootstrapMissing.set(known.missingBootstrapServers);
    for (const { task, lastSuccessAt, failures } of known.tasks) {
      metrics.taskSuccess.set({ task }, (lastSuccessAt ?? 0) / 1000);
      metrics.taskFailing.set({ task }, failures > 0 ? 1 : 0);
    }
    for (const reason of PROBLEM_REASONS) {
      metrics.degraded.set({ reason }, problems.some((problem) => problem.reason === reason) ? 1 : 0);
    }
    metrics.info.reset();
    const { kind } = this.database;
    metrics.info.set(
      {
        version: metrics.version,
        server_id: known.serverId,
        database: kind === 'postgres' ? 'postgresql' : kind,
        node: process.version,
      },
      1,
    );
  }

  private readDatabase(isUp: boolean): void {
    const { metrics, database } = this;
    metrics.databaseUp.set(isUp ? 1 : 0);
    const { busy, idle, waiting } = database.load;
    metrics.databaseConnections.set({ state: 'busy' }, busy);
    metrics.databaseConnections.set({ state: 'idle' }, idle);
    metrics.databaseWaiting.set(waiting);
    for (const [reason, count] of Object.entries(database.failures)) {
      metrics.databaseErrors.reading({ reason }, count);
    }
  }
}
