import { HOUR_MS } from '../../protocol/durations.js';
import { HOP_MS } from '../../sync/rumor-policy.js';
import { Federation } from '../federation.js';
import {
  mean,
  percent,
  quantile,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';
import type { Plot } from '../svg-plot.js';

/** Nobody may be without the record for longer: a suspect is down after 15 minutes at most, and replaced at once. */
const LONGEST_MS = 3 * HOUR_MS;
/** For the traffic of a settled federation. */
const WARM_UP_MS = 60_000;
const MEASURED_MS = 5 * 60_000;
/** Beyond it only the records themselves: five minutes of everybody's traffic take too long. */
const MOST_NODES_FOR_MORE = 10_000;
/** Ten times as long as a rumour takes to reach most. */
const RUMOR_LASTS_MS = 60_000;
/** Between two records that are followed in one federation: by the third, nobody can have been held for down yet. */
const RECORD_EVERY_MS = 60_000;

/** How many records are followed: each in a federation of its own, but where making one takes long. */
interface Plan {
  readonly federations: number;
  readonly records: number;
}

interface Run {
  readonly rounds: number;
  readonly coverage: number;
  readonly fullAfterMs: number;
  readonly payloadsPerNode: number;
  /** Forwardings by which 99.9 % of the living came to it. */
  readonly hops: number;
  /** When each of the living had it, in order, from the moment at which it was signed. */
  readonly arrivedMs: readonly number[];
}

export const spread: Scenario = {
  about: 'one server moves: how fast, and at what price, all others hear of it',
  defaultNodes: 1_000,
  run: (options, progress) => {
    const { federations, records } = planFor(options.nodes);
    const runs = Array.from({ length: federations }, (_, place) => {
      const found = spreadIn({ ...options, seed: options.seed * 1_000 + place }, { records });
      for (const [record, run] of found.entries()) {
        progress(
          `run ${place * records + record + 1} of ${federations * records}: ${round(run.rounds)} rounds, ${percent(run.coverage)} in the end`,
        );
      }
      return found;
    }).flat();
    const isLarge = options.nodes > MOST_NODES_FOR_MORE;
    const again = (manner: Manner): Run => spreadIn({ ...options, seed: options.seed * 1_000 }, manner)[0]!;
    return outcome(options, {
      runs,
      slowest: isLarge ? null : again({ jitterDraw: 1 }).rounds,
      untold: isLarge ? null : 1 - again({ antiEntropy: false }).coverage,
      bytes: isLarge ? null : settledTraffic(options, progress),
    });
  },
};

function planFor(nodes: number): Plan {
  if (nodes > MOST_NODES_FOR_MORE) return { federations: 1, records: 3 };
  return { federations: nodes <= 100 ? 20 : nodes <= 1_000 ? 10 : 5, records: 1 };
}

/** A record on its way through a federation. */
interface Wave {
  readonly signedAtMs: number;
  /** From the moment at which it was signed. */
  readonly arrivedMs: number[];
  readonly hops: Uint16Array;
}

interface Manner {
  readonly records?: number;
  readonly jitterDraw?: number;
  /** Without it rumours are alone, and whom they do not reach within a minute is untold. */
  readonly antiEntropy?: boolean;
}

/** One record after the other, of the first servers; all until every one of the living holds each. */
function spreadIn(
  { nodes, seed, loss, dead }: ScenarioOptions,
  { records = 1, jitterDraw, antiEntropy = true }: Manner,
): readonly Run[] {
  const waves = Array.from({ length: records }, (_, origin): Wave => {
    const signedAtMs = origin * RECORD_EVERY_MS;
    return { signedAtMs, arrivedMs: [], hops: new Uint16Array(nodes) };
  });
  let arrived = 0;
  const federation: Federation = new Federation({
    ...{ nodes, seed, loss, isSettled: true },
    ...(jitterDraw === undefined ? {} : { jitterDraw }),
    onLearnt: (server, subject, from) => {
      const wave = waves[subject]!;
      arrived += 1;
      wave.arrivedMs.push(federation.clock.now() - wave.signedAtMs);
      if (server !== from) wave.hops[server] = wave.hops[from]! + 1;
    },
  });
  federation.settle();
  const mortal = Array.from({ length: nodes - records }, (_, place) => place + records);
  for (const server of federation.random.sample(mortal, Math.round(nodes * dead))) federation.kill(server);
  const living = federation.live();
  for (const server of living) federation.start(server, { antiEntropy, refresh: false });
  for (const [origin, { signedAtMs }] of waves.entries()) {
    federation.clock.runUntil(signedAtMs);
    federation.publish(origin, 'change');
  }
  const longestMs = antiEntropy ? LONGEST_MS : RUMOR_LASTS_MS;
  federation.clock.runUntil(longestMs, () => arrived === records * living.length);
  // What is under way belongs to the price.
  federation.clock.runUntil(federation.clock.now() + 10 * HOP_MS);
  const payloadsPerNode = federation.mill.payloads / living.length / records;
  return waves.map((wave) => runOf(wave, living, payloadsPerNode));
}

function runOf({ arrivedMs, hops }: Wave, living: readonly number[], payloadsPerNode: number): Run {
  return {
    rounds: (arrivedMs[Math.ceil(0.999 * living.length) - 1] ?? Infinity) / HOP_MS,
    coverage: arrivedMs.length / living.length,
    fullAfterMs: arrivedMs.length === living.length ? arrivedMs.at(-1)! : LONGEST_MS,
    payloadsPerNode,
    hops: quantile(
      living.map((server) => hops[server]!),
      0.999,
    )!,
    arrivedMs,
  };
}

/** Bytes that a server sends in a second while all renew their records daily, compare directories and watch each other. */
function settledTraffic({ nodes, seed, loss }: ScenarioOptions, progress: (text: string) => void): number {
  const federation = new Federation({ nodes, seed, loss, isSettled: true });
  federation.settle();
  for (const server of federation.live()) federation.start(server);
  federation.clock.runUntil(WARM_UP_MS);
  const before = federation.network.bytesSent.reduce((sum, bytes) => sum + bytes, 0);
  federation.clock.runUntil(WARM_UP_MS + MEASURED_MS);
  const sent = federation.network.bytesSent.reduce((sum, bytes) => sum + bytes, 0) - before;
  const bytes = sent / nodes / (MEASURED_MS / 1_000);
  progress(`settled: ${round(bytes)} bytes a second sent by each`);
  return bytes;
}

interface Found {
  readonly runs: readonly Run[];
  /** Rounds where every hop waits for as long as it may. */
  readonly slowest: number | null;
  /** Share of the living whom rumours alone do not reach. */
  readonly untold: number | null;
  readonly bytes: number | null;
}

function outcome(options: ScenarioOptions, found: Found): Outcome {
  const { runs, slowest, bytes } = found;
  return {
    table: {
      columns: [
        'run',
        'rounds to 99.9 %',
        'hops to 99.9 %',
        'seconds to all',
        'coverage',
        'payloads per node',
      ],
      rows: runs.map((run, place) => [
        place + 1,
        round(run.rounds),
        run.hops,
        round(run.fullAfterMs / 1_000, 1),
        percent(run.coverage),
        round(run.payloadsPerNode),
      ]),
    },
    summary: {
      roundsTo999: round(mean(runs.map((run) => run.rounds))),
      coverage: Math.min(...runs.map((run) => run.coverage)),
      payloadsPerNode: round(mean(runs.map((run) => run.payloadsPerNode))),
      bytesPerNodePerSecond: bytes === null ? null : round(bytes, 1),
      roundsAtLongestJitter: slowest === null ? null : round(slowest),
      hopsTo999: round(mean(runs.map((run) => run.hops))),
      untoldByRumorAlone: found.untold === null ? null : round(found.untold, 6),
      runs: runs.length,
      secondsToAll: round(Math.max(...runs.map((run) => run.fullAfterMs)) / 1_000, 1),
    },
    plot: plotOf(options, runs[0]!.arrivedMs),
  };
}

function plotOf({ nodes, loss, dead }: ScenarioOptions, arrivedMs: readonly number[]): Plot {
  const living = arrivedMs.length;
  const every = Math.max(1, Math.floor(living / 200));
  const points = arrivedMs
    .map((atMs, place) => [atMs / HOP_MS, (place + 1) / living] as const)
    .filter((_, place) => place % every === 0 || place === living - 1);
  const last = points.at(-1)![0];
  return {
    title: `A record reaches ${nodes.toLocaleString('en-GB')} servers (${percent(loss)} loss, ${percent(dead)} dead)`,
    xLabel: 'rounds of 2 s',
    yLabel: 'share of the living that hold it',
    series: [
      { label: 'simulated', points },
      {
        label: 'Serf: 1/(1+(N+1)e^(-0.5 f (1-loss) t)), f = 3',
        points: serf(nodes, loss, last),
        isReference: true,
      },
    ],
  };
}

/** The published estimate of Serf's convergence, with our fan-out. */
function serf(nodes: number, loss: number, last: number): (readonly [number, number])[] {
  return Array.from({ length: 101 }, (_, step) => {
    const t = (last * step) / 100;
    return [t, 1 / (1 + (nodes + 1) * Math.exp(-0.5 * 3 * (1 - loss) * t))] as const;
  });
}
