import { MINUTE_MS } from '../../protocol/durations.js';
import { GOSSIP_FAN_OUT, GOSSIP_INTERVAL_MS, MAX_NEIGHBORS } from '../../protocol/limits.js';
import { Federation } from '../federation.js';
import {
  NOT_MEASURED,
  percent,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
} from '../scenario.js';

const LONGEST_MS = 3 * 60 * MINUTE_MS;
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9];

interface Found {
  readonly share: number;
  readonly extSeconds: number | null;
  readonly legacyMinutes: number | null;
  readonly coverage: number;
}

export const legacy: Scenario = {
  about: '10 to 90 % speak only 1.0: how soon all others know of one that moved, of each kind',
  defaultNodes: 500,
  minNodes: 40,
  run: (options, progress) => {
    const found = SHARES.map((share) => {
      const result = mixed(options, share);
      progress(
        `${percent(share)} legacy: ${result.extSeconds ?? 'no'} s for one of ext:1, ${result.legacyMinutes ?? 'no'} minutes for one of 1.0`,
      );
      return result;
    });
    return outcome(found);
  },
};

/** The first speak 1.0 alone: they announce themselves to 3 of their 8 neighbours, of either kind, at every gossip round. */
function mixed({ nodes, seed, loss }: ScenarioOptions, share: number): Found {
  const legacies = Math.round(share * nodes);
  const isLegacy = (server: number): boolean => server < legacies;
  const federation = new Federation({ nodes, seed, loss, isSettled: true, isLegacy });
  federation.settle();
  for (const server of federation.live().filter((one) => !isLegacy(one))) {
    federation.start(server, { refresh: false });
  }
  const old = 0;
  const newer = nodes - 1;
  const record = federation.signatures.record(old, 0, 1);
  federation.directories.merge(old, old, record);
  federation.publish(newer, 'change');
  announceAsLegacy(federation, old, (server) => !isLegacy(server));
  const extMs = untilAllExtHold(federation, newer, isLegacy);
  const legacyMs = untilAllExtHold(federation, old, isLegacy);
  const coverage = Math.min(extShare(federation, newer, isLegacy), extShare(federation, old, isLegacy));
  return {
    share,
    extSeconds: extMs === null ? null : round(extMs / 1_000, 1),
    legacyMinutes: legacyMs === null ? null : round(legacyMs / MINUTE_MS, 1),
    coverage,
  };
}

function announceAsLegacy(federation: Federation, server: number, isExt: (server: number) => boolean): void {
  const { random, clock, network, mill, directories } = federation;
  const others = federation.live().filter((other) => other !== server);
  // One of them, through which it joined, speaks ext:1.
  const [joinedThrough] = random.sample(others.filter(isExt), 1);
  const neighbors = [joinedThrough!, ...random.sample(others, MAX_NEIGHBORS - 1)];
  const turn = (): void => {
    const record = directories.held(server, server)!;
    for (const target of random.sample(neighbors, GOSSIP_FAN_OUT)) {
      network.post(server, target, 1_300, () =>
        mill.receive(target, { subject: server, record }, server, 'announcement'),
      );
    }
    clock.after(GOSSIP_INTERVAL_MS, turn);
  };
  turn();
}

function extShare(
  { directories }: Federation,
  subject: number,
  isLegacy: (server: number) => boolean,
): number {
  const hash = directories.hash(subject, subject)!;
  const holding = directories.countHolding(subject, hash, (server) => !isLegacy(server));
  return (
    holding /
    Array.from({ length: directories.size }, (_, server) => server).filter((one) => !isLegacy(one)).length
  );
}

function untilAllExtHold(
  federation: Federation,
  subject: number,
  isLegacy: (server: number) => boolean,
): number | null {
  while (federation.clock.now() < LONGEST_MS) {
    if (extShare(federation, subject, isLegacy) === 1) return federation.clock.now();
    federation.clock.runUntil(federation.clock.now() + 1_000);
  }
  return null;
}

function outcome(found: readonly Found[]): Outcome {
  return {
    table: {
      columns: [
        '1.0 alone',
        'seconds until all of ext:1 know of one of theirs',
        'minutes until they know of one of 1.0',
        'coverage',
      ],
      rows: found.map((one) => [
        percent(one.share),
        one.extSeconds,
        one.legacyMinutes,
        percent(one.coverage),
      ]),
    },
    summary: {
      ...NOT_MEASURED,
      coverage: Math.min(...found.map((one) => one.coverage)),
      secondsToAllOfExt: found.map((one) => one.extSeconds),
      minutesForOneOfLegacy: found.map((one) => one.legacyMinutes),
    },
    plot: {
      title: 'With servers that speak 1.0 alone',
      xLabel: 'of them, %',
      yLabel: 'seconds until all of ext:1 know',
      series: [
        {
          label: 'one of ext:1 has moved',
          points: found.map((one) => [100 * one.share, one.extSeconds ?? NaN] as const),
        },
        {
          label: 'one of 1.0 has moved',
          points: found.map((one) => [100 * one.share, 60 * (one.legacyMinutes ?? NaN)] as const),
        },
      ],
    },
  };
}
