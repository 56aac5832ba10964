import { SYNC_INTERVAL_MS } from '../../protocol/limits.js';
import { Federation } from '../federation.js';
import {
  NOT_MEASURED,
  percent,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';

/** As fast as one server checks newcomers (wire protocol 2.4). */
const JOIN_EVERY_MS = 1_000;
const LONGEST_MS = 2 * 3_600_000;
const SAMPLE_MS = 5_000;

export const join: Scenario = {
  about: 'all join through one, one a second, each knowing nobody else',
  defaultNodes: 300,
  run: ({ nodes, seed, loss }: ScenarioOptions, progress) => {
    let known = 0;
    const federation = new Federation({
      ...{ nodes, seed, loss },
      isSettled: false,
      onLearnt: () => void (known += 1),
    });
    federation.mill.stateOf(0).arrivals.push(0);
    federation.start(0, { refresh: false });
    for (let server = 1; server < nodes; server += 1) {
      federation.clock.after(server * JOIN_EVERY_MS, () => {
        federation.join(server, 0);
        federation.start(server, { refresh: false });
      });
    }
    const pairs = nodes * (nodes - 1);
    const lastJoinMs = (nodes - 1) * JOIN_EVERY_MS;
    const points: [number, number][] = [];
    for (let nowMs = 0; nowMs <= LONGEST_MS && known < pairs; nowMs += SAMPLE_MS) {
      federation.clock.runUntil(nowMs, () => known === pairs);
      points.push([federation.clock.now() / 60_000, known / pairs]);
      if (points.length % 20 === 0)
        progress(`${round(nowMs / 60_000, 1)} minutes: ${percent(known / pairs)} known`);
    }
    const allMs = federation.clock.now();
    return outcome(nodes, {
      coverage: known / pairs,
      periods: Math.max(0, allMs - lastJoinMs) / SYNC_INTERVAL_MS,
      payloads: federation.mill.payloads / nodes / nodes,
      bytes: federation.network.bytesSent.reduce((sum, bytes) => sum + bytes, 0) / nodes / (allMs / 1_000),
      introducerBytes: federation.network.bytesSent[0]! / (allMs / 1_000),
      points,
    });
  },
};

interface Found {
  readonly coverage: number;
  readonly periods: number;
  readonly payloads: number;
  readonly bytes: number;
  readonly introducerBytes: number;
  readonly points: readonly (readonly [number, number])[];
}

function outcome(nodes: number, found: Found): Outcome {
  const { coverage, periods, payloads, bytes, introducerBytes, points } = found;
  return {
    table: {
      columns: [
        'nodes',
        'known in the end',
        'periods of 60 s after the last joined',
        'payloads per node and record',
      ],
      rows: [[nodes, percent(coverage), round(periods), round(payloads)]],
    },
    summary: {
      ...NOT_MEASURED,
      coverage,
      payloadsPerNode: round(payloads),
      bytesPerNodePerSecond: round(bytes, 1),
      introducerBytesPerSecond: round(introducerBytes, 1),
      periodsAfterLastJoin: round(periods),
    },
    plot: {
      title: `${nodes.toLocaleString('en-GB')} servers join through one`,
      xLabel: 'minutes',
      yLabel: 'share of pairs in which one knows the other',
      series: [{ label: 'known', points }],
    },
  };
}
