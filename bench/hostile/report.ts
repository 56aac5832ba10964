import { bar, barsTable, count, machine, table, type Bar } from '../page.js';
import type { Counts } from './attacks.js';
import type { Experience } from './honest.js';

/** MemoryMax of the systemd unit: beyond it the kernel ends the daemon. */
const MEMORY_MAX_MIB = 512;
const P99_MAX_MS = 100;

export interface Phase {
  readonly attack: string;
  readonly experience: Experience;
  readonly beforeMiB: number;
  readonly highestMiB: number;
  readonly afterMiB: number;
  readonly descriptors: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly counts: Counts;
}

export interface Run {
  readonly database: string;
  readonly phases: readonly Phase[];
}

export function report(runs: readonly Run[], date: string): string {
  return [
    `Measured ${date} on ${machine()}.`,
    barsTable(runs.flatMap(bars)),
    ...runs.flatMap(({ database, phases }) => [
      `### ${database}, honest callers meanwhile`,
      table(
        [
          'hostile clients',
          'requests',
          'errors',
          'p50',
          'p99',
          'highest',
          'timer late, p99',
          'memory before',
          'highest',
          'after',
          'descriptors',
          'of a core',
        ],
        phases.map(line),
      ),
      [
        'What the hostile clients met:',
        ...phases.filter(({ counts }) => Object.keys(counts).length > 0).map(met),
      ].join('\n\n'),
    ]),
  ].join('\n\n');
}

export function line({
  attack,
  experience,
  beforeMiB,
  highestMiB,
  afterMiB,
  descriptors,
  cpuShare,
}: Phase): string[] {
  const { requests, p50Ms, p99Ms, maxMs, lateP99Ms } = experience;
  return [
    attack,
    count(requests),
    count(errorsOf(experience)),
    ...[p50Ms, p99Ms, maxMs, lateP99Ms].map((ms) => `${ms.toFixed(1)} ms`),
    ...[beforeMiB, highestMiB, afterMiB].map((mib) => `${count(mib)} MiB`),
    count(descriptors),
    `${count(cpuShare * 100)}%`,
  ];
}

const met = ({ attack, counts }: Phase): string =>
  `- ${attack}: ${Object.entries(counts)
    .map(([what, times]) => `${what} ${count(times)}`)
    .join(', ')}`;

export function bars({ database, phases }: Run): Bar[] {
  const p99 = Math.max(...phases.map(({ experience }) => experience.p99Ms));
  const errors = phases.reduce((sum, { experience }) => sum + errorsOf(experience), 0);
  const memory = Math.max(...phases.map(({ highestMiB }) => highestMiB));
  return [
    bar(
      `p99 of honest requests, the worst, ${database}`,
      `≤ ${P99_MAX_MS} ms`,
      `${p99.toFixed(1)} ms`,
      p99 <= P99_MAX_MS,
    ),
    bar(`honest requests not answered with 200, ${database}`, '0', count(errors), errors === 0),
    bar(
      `highest memory, ${database}`,
      `≤ ${MEMORY_MAX_MIB} MiB`,
      `${count(memory)} MiB`,
      memory <= MEMORY_MAX_MIB,
    ),
  ];
}

const errorsOf = ({ errors }: Experience): number =>
  Object.values(errors).reduce((sum, times) => sum + times, 0);
