import { MAX_NEIGHBORS, GOSSIP_INTERVAL_MS } from '../../protocol/limits.js';
import { SeededRandom } from '../../platform/random.js';
import { DAY_MS } from '../../protocol/durations.js';
import { Overlay } from '../overlay.js';
import { populate, type Population } from '../population.js';
import {
  mean,
  NOT_MEASURED,
  percent,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';
import { VirtualClock } from '../virtual-clock.js';

const DAYS = 30;
/** Of the honest, in a day: they stop for good, and as many new ones come in their place. */
const TURNOVER = 1 / 720;
/** Honest servers that every hostile one asks in a gossip round to be their neighbour. */
const ASKS_PER_ROUND = 3;
const FEW_NETWORKS = 10;
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5];

interface Case {
  readonly share: number;
  readonly networks: number;
  /** How long the hostile were there before they began, in days. */
  readonly ageDays: number;
}

interface Found extends Case {
  /** Hostile share of the places of honest servers, at the end of each day. */
  readonly byDay: readonly number[];
  readonly mostlyHostile: number;
  readonly meanNeighbors: number;
}

export const sybil: Scenario = {
  about:
    'hostile servers that are never full and ask everybody: how full of them neighbour lists get in 30 days',
  defaultNodes: 500,
  minNodes: 50,
  run: (options, progress) => {
    const cases: Case[] = [
      ...SHARES.flatMap((share) =>
        [FEW_NETWORKS, Infinity].map((networks) => ({ share, networks, ageDays: 0 })),
      ),
      { share: 0.3, networks: Infinity, ageDays: 720 },
    ];
    const found = cases.map((one) => {
      const result = besiege(options, one);
      progress(`${describe(one)}: ${percent(result.byDay.at(-1)!)} of the places after ${DAYS} days`);
      return result;
    });
    return outcome(found);
  },
};

/** Who is hostile answers every call, accepts everybody, and asks honest servers all the time to be their neighbour. */
export function besiege(
  { nodes, seed }: ScenarioOptions,
  { share, networks, ageDays }: Case,
  days = DAYS,
): Found {
  const random = new SeededRandom(seed);
  const clock = new VirtualClock();
  const bornMs = -ageDays * DAY_MS;
  const population = populate(nodes, random, { share, networks, bornMs });
  const all = Int32Array.from({ length: nodes }, (_, server) => server);
  const [honest, hostile] = [0, 1].map((flag) =>
    [...all].filter((server) => population.isHostile[server] === flag),
  ) as [number[], number[]];
  const isThere = new Uint8Array(nodes).fill(1);
  if (ageDays === 0) for (const server of hostile) isThere[server] = 0;
  const overlay = new Overlay({
    population,
    clock,
    random,
    directory: () => all,
    canAsk: (server, other) => isThere[server] === 1 && isThere[other] === 1,
  });
  for (let pass = 0; pass < 3; pass += 1) for (const server of random.shuffle(honest)) overlay.fill(server);
  isThere.fill(1);
  const byDay: number[] = [];
  const rounds = DAY_MS / GOSSIP_INTERVAL_MS;
  for (let day = 0; day < days; day += 1) {
    for (let turn = 0; turn < rounds; turn += 1) {
      clock.runUntil(clock.now() + GOSSIP_INTERVAL_MS);
      runRound(overlay, random, honest, hostile);
      replaceSome(overlay, population, random, honest, clock.now(), TURNOVER / rounds);
    }
    byDay.push(hostileShare(overlay, population, honest));
  }
  const shares = honest.map((server) => hostileOf(overlay, population, server));
  return {
    ...{ share, networks, ageDays },
    byDay,
    mostlyHostile: shares.filter((one) => one > 0.5).length / honest.length,
    meanNeighbors: mean(honest.map((server) => overlay.neighborsOf(server).length)),
  };
}

function runRound(
  overlay: Overlay,
  random: SeededRandom,
  honest: readonly number[],
  hostile: readonly number[],
): void {
  for (const server of hostile) {
    for (let asks = 0; asks < ASKS_PER_ROUND; asks += 1) {
      const victim = honest[Math.floor(random.uniform() * honest.length)]!;
      if (!overlay.isLinked(server, victim)) overlay.ask(server, victim);
    }
  }
  for (const server of random.shuffle(honest)) overlay.gossipRound(server);
}

/** An honest server is gone, and another begins with an empty list. */
function replaceSome(
  overlay: Overlay,
  population: Population,
  random: SeededRandom,
  honest: readonly number[],
  nowMs: number,
  share: number,
): void {
  for (const server of honest) {
    if (random.uniform() >= share) continue;
    for (const { id } of [...overlay.neighborsOf(server)]) overlay.part(server, id);
    population.bornMs[server] = nowMs;
    overlay.fill(server);
  }
}

function hostileOf(overlay: Overlay, population: Population, server: number): number {
  const neighbors = overlay.neighborsOf(server);
  if (neighbors.length === 0) return 0;
  return neighbors.filter(({ id }) => population.isHostile[id] === 1).length / neighbors.length;
}

/** Of the places that are taken. */
function hostileShare(overlay: Overlay, population: Population, honest: readonly number[]): number {
  const taken = honest.flatMap((server) => overlay.neighborsOf(server));
  return taken.filter(({ id }) => population.isHostile[id] === 1).length / taken.length;
}

function describe({ share, networks, ageDays }: Case): string {
  const where = networks === FEW_NETWORKS ? `in ${FEW_NETWORKS} networks` : 'in one network each';
  return `${percent(share)} hostile ${where}${ageDays > 0 ? ', as old as the honest' : ''}`;
}

function outcome(found: readonly Found[]): Outcome {
  const at = (networks: number): Found =>
    found.find((one) => one.share === 0.3 && one.networks === networks && one.ageDays === 0)!;
  const curve = (one: Found): (readonly [number, number])[] =>
    one.byDay.map((share, day) => [day + 1, 100 * share] as const);
  return {
    table: {
      columns: [
        'hostile',
        'day 1',
        'day 10',
        `day ${DAYS}`,
        'honest with more than half',
        `neighbours of ${MAX_NEIGHBORS}`,
      ],
      rows: found.map((one) => [
        describe(one),
        ...[one.byDay[0]!, one.byDay[9]!, one.byDay.at(-1)!].map(percent),
        percent(one.mostlyHostile),
        round(one.meanNeighbors),
      ]),
    },
    summary: {
      ...NOT_MEASURED,
      hostileShareInFewNetworks: round(at(FEW_NETWORKS).byDay.at(-1)!, 4),
      hostileShareInManyNetworks: round(at(Infinity).byDay.at(-1)!, 4),
      days: DAYS,
    },
    plot: {
      title: 'Places of honest servers that hostile ones hold',
      xLabel: 'days',
      yLabel: '%',
      series: found
        .filter(({ share }) => share === 0.3 || share === 0.5)
        .map((one) => ({ label: describe(one), points: curve(one), isReference: one.ageDays > 0 })),
    },
  };
}
