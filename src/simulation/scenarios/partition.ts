import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../protocol/durations.js';
import { Federation } from '../federation.js';
import {
  NOT_MEASURED,
  percent,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';

const LONGEST_MS = 12 * HOUR_MS;
/** Of the servers, on the smaller side. */
const SMALLER = 0.4;

interface Case {
  readonly name: string;
  readonly lastsMs: number;
}

const CASES: readonly Case[] = [
  { name: '1 hour', lastsMs: HOUR_MS },
  { name: '8 days', lastsMs: 8 * DAY_MS },
  { name: '60 days', lastsMs: 60 * DAY_MS },
];

interface Found extends Case {
  readonly linkedAfterMs: number | null;
  readonly mergedAfterMs: number | null;
  readonly coverage: number;
  readonly points: readonly (readonly [number, number])[];
}

export const partition: Scenario = {
  about:
    'the network is in two parts for an hour, 8 days, 60 days, then whole: when all know the latest of all',
  defaultNodes: 200,
  minNodes: 10,
  run: (options, progress) => {
    const found = CASES.map((one) => {
      const result = heal(options, one);
      progress(`${one.name}: ${percent(result.coverage)} in the end`);
      return result;
    });
    return outcome(found);
  },
};

function heal(options: ScenarioOptions, { name, lastsMs }: Case): Found {
  const federation = lastsMs <= HOUR_MS ? partedNow(options, lastsMs) : partedFor(options, lastsMs);
  const { nodes } = options;
  federation.network.part.fill(0);
  const healedMs = federation.clock.now();
  let linkedAfterMs: number | null = null;
  let coverage = latestShare(federation);
  const points: [number, number][] = [];
  while (coverage < 1 && federation.clock.now() - healedMs < LONGEST_MS) {
    points.push([(federation.clock.now() - healedMs) / MINUTE_MS, coverage]);
    federation.clock.runUntil(federation.clock.now() + 10_000);
    if (linkedAfterMs === null && areLinked(federation, nodes))
      linkedAfterMs = federation.clock.now() - healedMs;
    coverage = latestShare(federation);
  }
  const afterMs = federation.clock.now() - healedMs;
  points.push([afterMs / MINUTE_MS, coverage]);
  return { name, lastsMs, linkedAfterMs, mergedAfterMs: coverage === 1 ? afterMs : null, coverage, points };
}

function isOnSmallerSide(server: number, nodes: number): boolean {
  return server < SMALLER * nodes;
}

function part(federation: Federation, nodes: number): void {
  for (let server = 0; server < nodes; server += 1) {
    federation.network.part[server] = isOnSmallerSide(server, nodes) ? 1 : 0;
  }
}

/** Every event of the partition is simulated; meanwhile every tenth server moves. */
function partedNow({ nodes, seed, loss }: ScenarioOptions, lastsMs: number): Federation {
  const federation = new Federation({ nodes, seed, loss, isSettled: true });
  federation.settle();
  for (const server of federation.live()) federation.start(server, { refresh: false });
  part(federation, nodes);
  for (let server = 0; server < nodes; server += 10) {
    federation.clock.after(federation.random.uniform() * lastsMs, () => federation.publish(server, 'change'));
  }
  federation.clock.runUntil(lastsMs);
  return federation;
}

/** What days of daily renewals leave: each side has its own records of today, and those of the other as they were. */
function partedFor({ nodes, seed, loss }: ScenarioOptions, lastsMs: number): Federation {
  const federation = new Federation({ nodes, seed, loss, isSettled: true, firstAgeMs: lastsMs });
  part(federation, nodes);
  federation.settle();
  for (let subject = 0; subject < nodes; subject += 1) {
    const record = federation.signatures.record(subject, -federation.random.uniform() * DAY_MS, 0);
    for (let server = 0; server < nodes; server += 1) {
      if (isOnSmallerSide(server, nodes) !== isOnSmallerSide(subject, nodes)) continue;
      federation.directories.merge(server, subject, record);
      federation.mill.stateOf(server).arrivals.push(subject);
    }
  }
  for (const server of federation.live()) federation.start(server, { refresh: false });
  return federation;
}

function areLinked({ overlay }: Federation, nodes: number): boolean {
  for (let server = 0; server < SMALLER * nodes; server += 1) {
    if (overlay.neighborsOf(server).some(({ id }) => !isOnSmallerSide(id, nodes))) return true;
  }
  return false;
}

/** Of all pairs, those in which one holds the latest of the other. */
function latestShare({ directories }: Federation): number {
  let latest = 0;
  for (let subject = 0; subject < directories.size; subject += 1) {
    latest += directories.countHolding(subject, directories.hash(subject, subject)!, () => true);
  }
  return latest / directories.size ** 2;
}

function outcome(found: readonly Found[]): Outcome {
  const minutes = (ms: number | null): number | null => (ms === null ? null : round(ms / MINUTE_MS, 1));
  return {
    table: {
      columns: [
        'parted for',
        'minutes to the first link across',
        'minutes until all know the latest',
        'in the end',
      ],
      rows: found.map((one) => [
        one.name,
        minutes(one.linkedAfterMs),
        minutes(one.mergedAfterMs),
        percent(one.coverage),
      ]),
    },
    summary: {
      ...NOT_MEASURED,
      coverage: Math.min(...found.map((one) => one.coverage)),
      minutesToMerge: found.map((one) => minutes(one.mergedAfterMs)),
    },
    plot: {
      title: 'After a partition',
      xLabel: 'minutes after it has healed',
      yLabel: 'share of pairs that know the latest',
      series: found.map((one) => ({ label: one.name, points: one.points })),
    },
  };
}
