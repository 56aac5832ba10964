import { MINUTE_MS } from '../../protocol/durations.js';
import { PROBE_INTERVAL_MS } from '../../protocol/limits.js';
import { FailureDetection } from '../failure-detection.js';
import { Federation } from '../federation.js';
import {
  mean,
  NOT_MEASURED,
  percent,
  quantile,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
  type Table,
} from '../scenario.js';
import type { Plot } from '../svg-plot.js';

/** Until all have heard of all their neighbours, and the slow have found out that they are. */
const WARM_UP_MS = 20 * MINUTE_MS;
const WATCHED_MS = 40 * MINUTE_MS;
const SIMULATED_DAYS = (WARM_UP_MS + WATCHED_MS) / (24 * 60 * MINUTE_MS);
const SAMPLE_MS = 15_000;
const DYING = 0.02;

interface Case {
  readonly loss: number;
  readonly slow: number;
  readonly withLocalHealth: boolean;
}

interface Found extends Case {
  /** From death until the first of its neighbours had probed it in vain; a mean, in probe intervals. */
  readonly firstPeriods: number;
  /** From death until most of its neighbours held it for down. */
  readonly medianMs: number | null;
  readonly lateMs: number | null;
  readonly undetected: number;
  /** Healthy servers that most of their neighbours held for down at some time. */
  readonly healthyDown: number;
  /** Verdicts against a healthy server, by one neighbour, per server and day. */
  readonly falseVerdicts: number;
  readonly slowDown: number;
}

const LOSSES = [0, 0.05, 0.1];
const SLOWS = [0.01, 0.1, 0.25];

export const detection: Scenario = {
  about:
    'a few servers die among slow ones: when most neighbours know, and who is held for down without being so',
  defaultNodes: 1_000,
  minNodes: 10,
  run: (options, progress) => {
    const cases = [true, false].flatMap((withLocalHealth) =>
      SLOWS.flatMap((slow) => LOSSES.map((loss) => ({ loss, slow, withLocalHealth }))),
    );
    const found = cases.map((one) => {
      const result = watch(options, one);
      progress(
        `${percent(one.loss)} loss, ${percent(one.slow)} slow, ${one.withLocalHealth ? 'with' : 'without'} local health: ` +
          `${minutes(result.medianMs) ?? 'no'} minutes, ${result.healthyDown} healthy held for down`,
      );
      return result;
    });
    return outcome(options, found);
  },
};

/** The dying die at once; links stay as they are, so that all may still judge. */
export function watch({ nodes, seed }: ScenarioOptions, { loss, slow, withLocalHealth }: Case): Found {
  const federation = new Federation({ nodes, seed, loss, isSettled: true });
  federation.settle();
  const { network, clock, random, overlay } = federation;
  const { order, dying, lame, healthy } = fates(random.shuffle(federation.live()), slow);
  const watchers = order.map((_, server) => overlay.neighborsOf(server).map(({ id }) => id));
  let falseVerdicts = 0;
  const isHealthy = new Set(healthy);
  const [firstAtMs, downAtMs] = [new Map<number, number>(), new Map<number, number>()];
  const failures = new FailureDetection({
    ...{ network, random, withLocalHealth },
    neighborsOf: (server) => watchers[server]!,
    onDown: (_server, other) => void (falseVerdicts += isHealthy.has(other) ? 1 : 0),
    onSuspect: (_server, other) => {
      if (network.isDead[other] === 1 && !firstAtMs.has(other))
        firstAtMs.set(other, clock.now() - WARM_UP_MS);
    },
  });
  for (const server of lame) network.isSlow[server] = 1;
  for (const server of order) failures.start(server);
  const isHeldDown = (server: number): boolean => {
    const living = watchers[server]!.filter((other) => network.isDead[other] === 0);
    return 2 * living.filter((other) => failures.holdsDown(other, server)).length > living.length;
  };
  const accused = new Set<number>();
  for (let nowMs = 0; nowMs <= WARM_UP_MS + WATCHED_MS; nowMs += SAMPLE_MS) {
    clock.runUntil(nowMs);
    if (nowMs === WARM_UP_MS) for (const server of dying) federation.kill(server);
    for (const server of [...healthy, ...lame]) if (isHeldDown(server)) accused.add(server);
    for (const server of nowMs < WARM_UP_MS ? [] : dying) {
      if (!downAtMs.has(server) && isHeldDown(server)) downAtMs.set(server, nowMs - WARM_UP_MS);
    }
  }
  const times = [...downAtMs.values()];
  return {
    ...{ loss, slow, withLocalHealth },
    firstPeriods: mean([...firstAtMs.values()]) / PROBE_INTERVAL_MS,
    medianMs: quantile(times, 0.5),
    lateMs: quantile(times, 0.99),
    undetected: dying.length - times.length,
    healthyDown: healthy.filter((server) => accused.has(server)).length,
    falseVerdicts: falseVerdicts / healthy.length / SIMULATED_DAYS,
    slowDown: lame.filter((server) => accused.has(server)).length,
  };
}

function fates(
  order: readonly number[],
  slow: number,
): Record<'order' | 'dying' | 'lame' | 'healthy', readonly number[]> {
  const dying = order.slice(0, Math.max(1, Math.round(order.length * DYING)));
  const lame = order.slice(dying.length, dying.length + Math.round(order.length * slow));
  return { order, dying, lame, healthy: order.slice(dying.length + lame.length) };
}

function minutes(ms: number | null): number | null {
  return ms === null ? null : round(ms / MINUTE_MS, 1);
}

function outcome(_options: ScenarioOptions, found: readonly Found[]): Outcome {
  const at = (isWith: boolean): Found =>
    found.find(
      ({ loss, slow, withLocalHealth }) => loss === 0.05 && slow === 0.1 && withLocalHealth === isWith,
    )!;
  const [bar, control] = [at(true), at(false)];
  return {
    table: tableOf(found),
    summary: {
      ...NOT_MEASURED,
      periodsToFirstSuspicion: round(bar.firstPeriods),
      medianMinutesToDown: minutes(bar.medianMs),
      healthyHeldDown: bar.healthyDown,
      falseVerdictsPerServerAndDay: round(bar.falseVerdicts, 3),
      falseVerdictsWithoutLocalHealth: round(control.falseVerdicts, 3),
      notFound: bar.undetected,
    },
    plot: plotOf(found),
  };
}

function tableOf(found: readonly Found[]): Table {
  return {
    columns: [
      'local health',
      'loss',
      'slow',
      'periods until first suspected',
      'median minutes to down',
      '99th percentile',
      'not found',
      'healthy held for down',
      'false verdicts per server and day',
      'slow held for down',
    ],
    rows: found.map((one) => [
      one.withLocalHealth ? 'with' : 'without',
      percent(one.loss),
      percent(one.slow),
      round(one.firstPeriods),
      minutes(one.medianMs),
      minutes(one.lateMs),
      one.undetected,
      one.healthyDown,
      round(one.falseVerdicts, 3),
      one.slowDown,
    ]),
  };
}

function plotOf(found: readonly Found[]): Plot {
  const verdicts = (slow: number, withLocalHealth: boolean): (readonly [number, number])[] =>
    found
      .filter((one) => one.slow === slow && one.withLocalHealth === withLocalHealth)
      .map((one) => [100 * one.loss, one.falseVerdicts] as const);
  return {
    title: 'Verdicts against healthy servers',
    xLabel: 'messages lost, %',
    yLabel: 'false verdicts per server and day',
    series: SLOWS.flatMap((slow) => [
      { label: `${percent(slow)} slow, with local health`, points: verdicts(slow, true) },
      { label: `${percent(slow)} slow, without`, points: verdicts(slow, false), isReference: true },
    ]),
  };
}
