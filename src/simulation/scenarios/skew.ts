import { MINUTE_MS } from '../../protocol/durations.js';
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

/** Clocks are off by up to so many minutes, either way. */
const SKEWS = [0, 2, 5, 15, 60];
const MOVERS = 5;
const LONGEST_MS = 4 * 60 * MINUTE_MS;

interface Found {
  readonly skew: number;
  /** Of the servers, within a minute: those whose clock lets them. */
  readonly soon: number;
  readonly refused: number;
  readonly toAllMs: number | null;
  readonly coverage: number;
}

export const skew: Scenario = {
  about: 'clocks are off by up to an hour: who refuses what comes from the future, and when all have it',
  defaultNodes: 300,
  minNodes: 10,
  run: (options, progress) => {
    const found = SKEWS.map((minutes) => {
      const result = outOfTime(options, minutes);
      progress(
        `off by up to ${minutes} minutes: ${percent(result.soon)} within a minute, ${percent(result.coverage)} in the end`,
      );
      return result;
    });
    return outcome(found);
  },
};

function outOfTime({ nodes, seed, loss }: ScenarioOptions, minutes: number): Found {
  const skews = new Float64Array(nodes);
  const federation = new Federation({
    nodes,
    seed,
    loss,
    isSettled: true,
    firstAgeMs: 24 * 60 * MINUTE_MS,
    skewMs: (server) => skews[server]!,
  });
  for (let server = 0; server < nodes; server += 1) {
    skews[server] = (2 * federation.random.uniform() - 1) * minutes * MINUTE_MS;
  }
  federation.settle();
  for (const server of federation.live()) federation.start(server, { refresh: false });
  const movers = federation.random.sample(federation.live(), MOVERS);
  for (const server of movers) federation.publish(server, 'change');
  federation.clock.runUntil(MINUTE_MS);
  const soon = mean(movers.map((server) => shareHolding(federation, server)));
  const toAllMs = timeToAll(federation, movers, LONGEST_MS, 10_000);
  return {
    skew: minutes,
    soon,
    refused: federation.mill.refused,
    toAllMs: toAllMs === null ? null : toAllMs + MINUTE_MS,
    coverage: Math.min(...movers.map((server) => shareHolding(federation, server))),
  };
}

function outcome(found: readonly Found[]): Outcome {
  const minutes = (ms: number | null): number | null => (ms === null ? null : round(ms / MINUTE_MS, 1));
  return {
    table: {
      columns: [
        'clocks off by up to, minutes',
        'reached within a minute',
        'records refused',
        'minutes to all',
        'in the end',
      ],
      rows: found.map((one) => [
        one.skew,
        percent(one.soon),
        one.refused,
        minutes(one.toAllMs),
        percent(one.coverage),
      ]),
    },
    summary: {
      ...NOT_MEASURED,
      coverage: Math.min(...found.map((one) => one.coverage)),
      reachedWithinAMinute: found.map((one) => round(one.soon, 4)),
      minutesToAll: found.map((one) => minutes(one.toAllMs)),
    },
    plot: {
      title: 'When clocks are off',
      xLabel: 'minutes, either way',
      yLabel: 'minutes until all have the record',
      series: [
        { label: 'all', points: found.map((one) => [one.skew, minutes(one.toAllMs) ?? NaN] as const) },
      ],
    },
  };
}
