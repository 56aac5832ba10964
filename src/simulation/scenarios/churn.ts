import { HOUR_MS, MINUTE_MS } from '../../protocol/durations.js';
import { Federation } from '../federation.js';
import { shareHolding, timeToAll } from '../latest.js';
import {
  mean,
  NOT_MEASURED,
  percent,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';

const LASTS_MS = 6 * HOUR_MS;
const CHANGE_EVERY_MS = 15 * MINUTE_MS;
/** Means of exponential times: a tenth of the servers are away at any time. */
const UP_MS = 3 * HOUR_MS;
const AWAY_MS = 20 * MINUTE_MS;
const SHORTEST_AWAY_MS = 2 * MINUTE_MS;

interface Sample {
  readonly atMs: number;
  readonly soon: number;
  readonly neighbors: number;
}

export const churn: Scenario = {
  about:
    'servers come and go for six hours, a tenth of them away at any time, while every quarter of an hour one moves',
  defaultNodes: 300,
  minNodes: 10,
  run: ({ nodes, seed, loss }: ScenarioOptions, progress) => {
    const federation = new Federation({ nodes, seed, loss, isSettled: true });
    federation.settle();
    let departures = 0;
    for (const server of federation.live()) {
      federation.start(server, { refresh: false });
      // The first stays, so that somebody can always move.
      if (server > 0) comeAndGo(federation, server, () => (departures += 1));
    }
    const samples: Sample[] = [];
    for (let nowMs = CHANGE_EVERY_MS; nowMs <= LASTS_MS; nowMs += CHANGE_EVERY_MS) {
      federation.clock.runUntil(nowMs);
      federation.publish(0, 'change');
      federation.clock.runUntil(nowMs + MINUTE_MS);
      samples.push({ atMs: nowMs, soon: shareHolding(federation, 0), neighbors: meanNeighbors(federation) });
      progress(`${round(nowMs / HOUR_MS)} hours: ${percent(samples.at(-1)!.soon)} within a minute`);
    }
    const toAllMs = timeToAll(federation, [0], HOUR_MS);
    return outcome(federation, samples, departures, toAllMs);
  },
};

function comeAndGo(federation: Federation, server: number, onDeparture: () => void): void {
  const { clock, random } = federation;
  const draw = (meanMs: number): number => -Math.log(1 - random.uniform()) * meanMs;
  clock.after(draw(UP_MS), () => {
    if (clock.now() > LASTS_MS) return;
    federation.kill(server);
    onDeparture();
    clock.after(SHORTEST_AWAY_MS + draw(AWAY_MS - SHORTEST_AWAY_MS), () => {
      federation.revive(server);
      federation.start(server, { refresh: false });
      comeAndGo(federation, server, onDeparture);
    });
  });
}

function meanNeighbors(federation: Federation): number {
  return mean(
    federation
      .live()
      .map(
        (server) => federation.overlay.neighborsOf(server).filter(({ id }) => federation.isLive(id)).length,
      ),
  );
}

function outcome(
  federation: Federation,
  samples: readonly Sample[],
  departures: number,
  toAllMs: number | null,
): Outcome {
  const soon = samples.map((sample) => sample.soon);
  const coverage = shareHolding(federation, 0);
  return {
    table: {
      columns: ['hours', 'of the living, within a minute', 'neighbours that are there'],
      rows: samples.map((sample) => [sample.atMs / HOUR_MS, percent(sample.soon), round(sample.neighbors)]),
    },
    summary: {
      ...NOT_MEASURED,
      coverage,
      bytesPerNodePerSecond: round(
        federation.network.bytesSent.reduce((sum, bytes) => sum + bytes, 0) /
          federation.directories.size /
          (federation.clock.now() / 1_000),
        1,
      ),
      departures,
      reachedWithinAMinute: round(mean(soon), 4),
      leastReachedWithinAMinute: round(Math.min(...soon), 4),
      secondsToAll: toAllMs === null ? null : toAllMs / 1_000,
    },
    plot: {
      title: 'Servers that come and go',
      xLabel: 'hours',
      yLabel: 'of the living, reached within a minute, %',
      series: [
        {
          label: 'reached',
          points: samples.map((sample) => [sample.atMs / HOUR_MS, 100 * sample.soon] as const),
        },
      ],
    },
  };
}
