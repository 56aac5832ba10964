import { NewcomerQuota, NEWCOMERS_PER_HOUR } from '../../admission/newcomer-quota.js';
import { refillTokens, type TokenBucket } from '../../admission/token-bucket.js';
import { SeededRandom } from '../../platform/random.js';
import { HOUR_MS, MINUTE_MS } from '../../protocol/durations.js';
import { FederationError } from '../../protocol/errors.js';
import {
  NOT_MEASURED,
  quantile,
  round,
  type Outcome,
  type Scenario,
  type ScenarioOptions,
  type Table,
} from '../scenario.js';
import { VirtualClock } from '../virtual-clock.js';

/** How the flood compares with the newcomers that a server admits at all. */
const TIMES_THE_RATE = 10;
const LASTS_MS = 24 * HOUR_MS;
const HONEST_EVERY_MS = 5 * MINUTE_MS;
/** As the queue of checks has it (wire protocol 2.4). */
const CHECKS = { perSecond: 1, capacity: 8 };
const AT_ONCE = 8;
const LONGEST_QUEUE = 1_000;
const ANSWER_MS = 300;
const TIMEOUT_MS = 10_000;

interface Case {
  readonly networks: number;
  /** Whether the servers of the flood answer when they are checked. */
  readonly answers: boolean;
}

interface Found extends Case {
  readonly joins: number;
  readonly checks: number;
  readonly busiestMinute: number;
  readonly busiestHour: number;
  readonly longestQueue: number;
  readonly rows: number;
  readonly waitsMs: readonly number[];
  readonly notAdmitted: number;
}

interface Newcomer {
  readonly isHonest: boolean;
  readonly network: string;
  readonly cameAtMs: number;
}

export const flood: Scenario = {
  about: `${TIMES_THE_RATE} times as many join one server as it admits: what it checks and keeps, and how long others wait`,
  defaultNodes: 1_000,
  run: (options, progress) => {
    const cases = [10, 10_000].flatMap((networks) => [true, false].map((answers) => ({ networks, answers })));
    const found = cases.map((one) => {
      const result = withstand(options, one);
      progress(
        `${describe(one)}: ${result.checks} checks, ${result.rows} rows, ${result.notAdmitted} honest left out`,
      );
      return result;
    });
    return outcome(found);
  },
};

/** A daemon's admission: `NewcomerQuota` and the bucket of its checks, under a flood. */
class Door {
  readonly waitsMs: number[] = [];
  readonly checkedAtMs: number[] = [];
  readonly admittedAtMs: number[] = [];
  longestQueue = 0;
  joins = 0;
  readonly #quota: NewcomerQuota;
  readonly #queue: Newcomer[] = [];
  #bucket: TokenBucket;
  #running = 0;
  #isWakeUpSet = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly answers: boolean,
  ) {
    this.#quota = new NewcomerQuota(clock);
    this.#bucket = { tokens: CHECKS.capacity, atMs: clock.now() };
  }

  /** An announcement whose signature held. The honest come again when they are told to. */
  knock(newcomer: Newcomer): void {
    this.joins += 1;
    const retry = (seconds: number): void => {
      if (newcomer.isHonest) this.clock.after(seconds * 1_000, () => this.knock(newcomer));
    };
    if (this.#queue.length >= LONGEST_QUEUE) return retry(60);
    try {
      this.#quota.charge({ type: 'received', network: newcomer.network });
    } catch (error) {
      return retry((error as FederationError).extra.retryAfterSeconds ?? 60);
    }
    this.#queue.push(newcomer);
    this.longestQueue = Math.max(this.longestQueue, this.#queue.length);
    this.#drain();
  }

  #drain(): void {
    this.#bucket = refillTokens(this.#bucket, this.clock.now(), CHECKS);
    while (this.#queue.length > 0 && this.#running < AT_ONCE && this.#bucket.tokens >= 1) {
      this.#bucket = { ...this.#bucket, tokens: this.#bucket.tokens - 1 };
      this.#check(this.#queue.shift()!);
    }
    if (this.#queue.length === 0 || this.#running >= AT_ONCE || this.#isWakeUpSet) return;
    this.#isWakeUpSet = true;
    this.clock.after(Math.max(1, (1 - this.#bucket.tokens) * 1_000), () => {
      this.#isWakeUpSet = false;
      this.#drain();
    });
  }

  #check(newcomer: Newcomer): void {
    this.#running += 1;
    this.checkedAtMs.push(this.clock.now());
    const doesAnswer = newcomer.isHonest || this.answers;
    this.clock.after(doesAnswer ? ANSWER_MS : TIMEOUT_MS, () => {
      this.#running -= 1;
      if (doesAnswer) this.admittedAtMs.push(this.clock.now());
      if (newcomer.isHonest) this.waitsMs.push(this.clock.now() - newcomer.cameAtMs);
      this.#drain();
    });
  }
}

function withstand({ seed }: ScenarioOptions, { networks, answers }: Case): Found {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const door = new Door(clock, answers);
  const come = (everyMs: number, who: () => Newcomer): void => {
    clock.after(-Math.log(1 - random.uniform()) * everyMs, () => {
      if (clock.now() > LASTS_MS) return;
      door.knock(who());
      come(everyMs, who);
    });
  };
  let honest = 0;
  come(HOUR_MS / (TIMES_THE_RATE * NEWCOMERS_PER_HOUR), () => ({
    isHonest: false,
    network: `flood ${Math.floor(random.uniform() * networks)}`,
    cameAtMs: clock.now(),
  }));
  come(HONEST_EVERY_MS, () => {
    honest += 1;
    return { isHonest: true, network: `honest ${honest}`, cameAtMs: clock.now() };
  });
  clock.runUntil(LASTS_MS + 2 * HOUR_MS);
  return {
    ...{ networks, answers },
    joins: door.joins,
    checks: door.checkedAtMs.length,
    busiestMinute: busiest(door.checkedAtMs, MINUTE_MS),
    busiestHour: busiest(door.checkedAtMs, HOUR_MS),
    longestQueue: door.longestQueue,
    rows: door.admittedAtMs.length,
    waitsMs: door.waitsMs,
    notAdmitted: honest - door.waitsMs.length,
  };
}

/** Most events within one span. */
function busiest(times: readonly number[], spanMs: number): number {
  let [most, from] = [0, 0];
  times.forEach((atMs, place) => {
    while (times[from]! <= atMs - spanMs) from += 1;
    most = Math.max(most, place - from + 1);
  });
  return most;
}

function describe({ networks, answers }: Case): string {
  return `from ${networks.toLocaleString('en-GB')} networks, ${answers ? 'answering' : 'silent'}`;
}

function outcome(found: readonly Found[]): Outcome {
  const most = (of: (one: Found) => number): number => Math.max(...found.map(of));
  return {
    table: tableOf(found),
    summary: {
      ...NOT_MEASURED,
      checksInBusiestHour: most((one) => one.busiestHour),
      checksInBusiestMinute: most((one) => one.busiestMinute),
      longestQueue: most((one) => one.longestQueue),
      rowsPerDay: most((one) => one.rows),
      longestWaitMinutes: minutes(most((one) => Math.max(...one.waitsMs))),
      honestLeftOut: found.reduce((sum, one) => sum + one.notAdmitted, 0),
    },
    plot: {
      title: `How long honest newcomers wait in a flood of ${TIMES_THE_RATE} times the rate`,
      xLabel: 'share of the honest, %',
      yLabel: 'minutes until admitted',
      series: found.map((one) => ({
        label: describe(one),
        points: [0.1, 0.25, 0.5, 0.75, 0.9, 0.99].map(
          (share) => [100 * share, (quantile(one.waitsMs, share) ?? 0) / MINUTE_MS] as const,
        ),
      })),
    },
  };
}

function minutes(ms: number | null): number | null {
  return ms === null ? null : round(ms / MINUTE_MS, 1);
}

function tableOf(found: readonly Found[]): Table {
  return {
    columns: [
      'flood',
      'joins a second',
      'checks in the busiest minute',
      'in the busiest hour',
      'longest queue',
      'rows a day',
      'honest wait, median minutes',
      'longest',
      'left out',
    ],
    rows: found.map((one) => [
      describe(one),
      round(one.joins / (LASTS_MS / 1_000)),
      one.busiestMinute,
      one.busiestHour,
      one.longestQueue,
      one.rows,
      minutes(quantile(one.waitsMs, 0.5)),
      minutes(Math.max(...one.waitsMs)),
      one.notAdmitted,
    ]),
  };
}
