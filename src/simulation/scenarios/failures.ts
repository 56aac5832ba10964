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

/** Living servers that move at the moment at which the others die. */
const ORIGINS = 10;
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
const LONGEST_MS = 6 * 60 * MINUTE_MS;

interface Found {
  readonly share: number;
  /** Of the living, within 30 s of the moment at which the others died: rumour alone. */
  readonly soon: number;
  readonly toAllMs: number | null;
  readonly coverage: number;
  /** Of a second record an hour later, within 30 s. */
  readonly later: number;
  readonly neighbors: number;
}

export const failures: Scenario = {
  about:
    '10 to 95 %, or --dead, die at once: whom a record still reaches, and when the rest have found each other again',
  defaultNodes: 1_000,
  minNodes: 40,
  run: (options, progress) => {
    const found = (options.dead > 0 ? [options.dead] : SHARES).map((share) => {
      const result = fail(options, share);
      progress(
        `${percent(share)} dead: ${percent(result.soon)} within 30 s, ${percent(result.coverage)} in the end`,
      );
      return result;
    });
    return outcome(options, found);
  },
};

function fail({ nodes, seed, loss }: ScenarioOptions, share: number): Found {
  const federation = new Federation({ nodes, seed, loss, isSettled: true });
  federation.settle();
  const order = federation.random.shuffle(federation.live());
  for (const server of order.slice(0, Math.round(share * nodes))) federation.kill(server);
  const living = federation.live();
  for (const server of living) federation.start(server, { refresh: false });
  const origins = living.slice(0, ORIGINS);
  const held = (): number[] => origins.map((origin) => shareHolding(federation, origin));
  for (const origin of origins) federation.publish(origin, 'change');
  federation.clock.runUntil(MINUTE_MS / 2);
  const soon = mean(held());
  const toAllMs = timeToAll(federation, origins, LONGEST_MS, 5_000);
  federation.clock.runUntil(federation.clock.now() + 60 * MINUTE_MS);
  const coverage = Math.min(...held());
  for (const origin of origins) federation.publish(origin, 'change');
  federation.clock.runUntil(federation.clock.now() + MINUTE_MS / 2);
  const links = living.map((server) => federation.overlay.neighborsOf(server).length);
  return {
    share,
    soon,
    toAllMs: toAllMs === null ? null : toAllMs + MINUTE_MS / 2,
    coverage,
    later: mean(held()),
    neighbors: mean(links),
  };
}

function outcome({ nodes }: ScenarioOptions, found: readonly Found[]): Outcome {
  const minutes = (ms: number | null): number | null => (ms === null ? null : round(ms / MINUTE_MS, 1));
  const points = (of: (one: Found) => number): (readonly [number, number])[] =>
    found.map((one) => [100 * one.share, 100 * of(one)] as const);
  return {
    table: {
      columns: [
        'dead',
        'reached within 30 s',
        'minutes to all',
        'in the end',
        'an hour later within 30 s',
        'neighbours then',
      ],
      rows: found.map((one) => [
        percent(one.share),
        percent(one.soon),
        minutes(one.toAllMs),
        percent(one.coverage),
        percent(one.later),
        round(one.neighbors, 1),
      ]),
    },
    summary: {
      ...NOT_MEASURED,
      coverage: Math.min(...found.map((one) => one.coverage)),
      // Of the largest share.
      reachedWithin30s: round(found.at(-1)!.soon, 4),
      reachedWithin30sAfterAnHour: round(found.at(-1)!.later, 4),
      minutesToAll: minutes(found.at(-1)!.toAllMs),
    },
    plot: {
      title: `Of the living among ${nodes.toLocaleString('en-GB')}, reached within 30 s`,
      xLabel: 'dead, %',
      yLabel: '%',
      series: [
        { label: 'at once', points: points((one) => one.soon) },
        { label: 'an hour later', points: points((one) => one.later) },
      ],
    },
  };
}
