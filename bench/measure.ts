import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type DatabasePlace } from '../src/database/open-database.js';
import { MemoryLogger } from '../src/observability/memory-logger.js';
import { statementAlone } from './alone.js';
import { run, type Load, type Measured, type Variation } from './load.js';
import { insertPeers, requireWritten, type BenchPeer, type Signed } from './peers.js';
import { startDaemon, type Memory, type Subject } from './processes.js';
import { median } from './statistics.js';

/** How much is measured. */
export interface Plan {
  readonly repetitions: number;
  readonly starts: number;
  readonly connections: readonly number[];
  readonly requests: number;
  /** On one connection, where a request waits for the one before it. */
  readonly requestsAlone: number;
  readonly warmUp: number;
  readonly statements: number;
}

export interface Inputs {
  readonly peers: readonly BenchPeer[];
  readonly signed: readonly Signed[];
  readonly echo: Subject;
}

export type Subjects = 'status' | 'announcement' | 'route' | 'route echo' | 'gossip' | 'gossip echo';

export interface Row extends Measured {
  readonly subject: Subjects;
  readonly connections: number;
  /** Of the echo's requests/s in the same repetition. */
  readonly ratios: { readonly ownBody: number | null; readonly gossipBody: number };
}

export interface DatabaseResult {
  readonly rows: readonly Row[];
  readonly statement: { readonly oneRow: number; readonly shared: number };
  readonly veryFirstStart: { readonly firstAnswerMs: number; readonly highestMiB: number };
  readonly firstAnswerMs: number;
  readonly idle: Memory;
  readonly loaded: Memory;
}

/** How long a started daemon is left alone before its memory counts as idle. */
const SETTLE_MS = 3_000;

/** How many announcements one database takes. */
export function announcementsNeeded(plan: Plan): number {
  const perRepetition = plan.connections.reduce((sum, connections) => sum + requestsAt(plan, connections), 0);
  return plan.warmUp + plan.repetitions * perRepetition + Math.ceil(plan.statements * 2.25);
}

export async function measure(place: DatabasePlace, plan: Plan, inputs: Inputs): Promise<DatabaseResult> {
  const veryFirstStart = await startOnce(place);
  const { peers, signed } = inputs;
  await withDatabase(place, (database) => insertPeers(database, peers, signed[0]!.announcedAt - 60_000));
  const starts: number[] = [];
  for (let i = 1; i < plan.starts; i += 1) starts.push((await startOnce(place)).firstAnswerMs);
  const daemon = await startDaemon(place);
  starts.push(daemon.firstAnswerMs);
  await sleep(SETTLE_MS);
  const idle = await daemon.memory();
  const { rows, sent } = await underLoad(daemon, plan, inputs);
  const loaded = await daemon.memory();
  await daemon.stop();
  const statement = await withDatabase(place, async (database) => {
    await requireWritten(database, signed.slice(0, sent));
    return statementAlone(database, peers, signed.slice(sent), plan.statements);
  });
  return { rows, statement, veryFirstStart, firstAnswerMs: median(starts), idle, loaded };
}

async function startOnce(place: DatabasePlace): Promise<{ firstAnswerMs: number; highestMiB: number }> {
  const daemon = await startDaemon(place);
  const { highestMiB } = await daemon.memory();
  await daemon.stop();
  return { firstAnswerMs: daemon.firstAnswerMs, highestMiB };
}

async function underLoad(
  daemon: Subject,
  plan: Plan,
  inputs: Inputs,
): Promise<{ rows: Row[]; sent: number }> {
  let sent = 0;
  const loads = loadsOf(daemon, inputs, () => inputs.signed[sent++]!);
  const at = (subject: Subjects, connections: number, requests: number): Promise<Measured> =>
    run({ ...loads[subject], connections, requests });
  for (const subject of Object.keys(loads) as Subjects[]) await at(subject, 16, plan.warmUp);
  const measured: Repetition[] = [];
  for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
    for (const connections of plan.connections) {
      const results = {} as Record<Subjects, Measured>;
      for (const subject of Object.keys(loads) as Subjects[])
        results[subject] = await at(subject, connections, requestsAt(plan, connections));
      measured.push({ connections, results });
      const perSecond = Object.entries(results).map(
        ([name, one]) => `${name} ${one.requestsPerSecond.toFixed(0)}`,
      );
      console.log(
        `  ${repetition}/${plan.repetitions}, ${connections} connections, requests/s: ${perSecond.join(', ')}`,
      );
    }
  }
  return { rows: rowsOf(measured), sent };
}

function requestsAt(plan: Plan, connections: number): number {
  return connections === 1 ? plan.requestsAlone : plan.requests;
}

/** An echo right beside what is compared with it, so that both meet the machine in the same mood. */
function loadsOf(
  daemon: Subject,
  { peers, signed, echo }: Inputs,
  nextSigned: () => Signed,
): Record<Subjects, Omit<Load, 'connections' | 'requests'>> {
  const empty = Buffer.from('{}');
  const post = (url: string, next: () => Variation) => ({ url, method: 'POST' as const, next });
  const get = (path: string) => ({ url: daemon.url, method: 'GET' as const, next: () => ({ path }) });
  let turn = 0;
  const routed = (): Variation => {
    const { serverId } = peers[turn++ % peers.length]!;
    return { path: `/api/v1/route/${serverId}`, body: empty };
  };
  const gossip = (body: Buffer): Variation => ({ path: '/api/v1/gossip/receive', body });
  return {
    status: get('/status'),
    announcement: get('/api/v1/announcement'),
    route: post(daemon.url, routed),
    'route echo': post(echo.url, routed),
    'gossip echo': post(echo.url, () => gossip(signed[turn++ % signed.length]!.body)),
    gossip: post(daemon.url, () => gossip(nextSigned().body)),
  };
}

interface Repetition {
  readonly connections: number;
  readonly results: Record<Subjects, Measured>;
}

/** Medians of the repetitions; a ratio is the median of the repetitions' ratios. */
function rowsOf(measured: readonly Repetition[]): Row[] {
  const levels = [...new Set(measured.map(({ connections }) => connections))];
  const subjects = Object.keys(measured[0]!.results) as Subjects[];
  return subjects.flatMap((subject) =>
    levels.map((connections) => {
      const same = measured.filter((one) => one.connections === connections).map(({ results }) => results);
      const middle = (read: (one: Measured) => number): number =>
        median(same.map((one) => read(one[subject])));
      const ratioTo = (echo: Subjects): number =>
        median(same.map((one) => one[subject].requestsPerSecond / one[echo].requestsPerSecond));
      return {
        subject,
        connections,
        requestsPerSecond: middle((one) => one.requestsPerSecond),
        p50Ms: middle((one) => one.p50Ms),
        p99Ms: middle((one) => one.p99Ms),
        ratios: {
          ownBody: subject.startsWith('route') ? ratioTo('route echo') : null,
          gossipBody: ratioTo('gossip echo'),
        },
      };
    }),
  );
}

async function withDatabase<T>(
  place: DatabasePlace,
  work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(place, new MemoryLogger());
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
