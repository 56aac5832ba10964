import { IN_FLIGHT } from './alone.js';
import type { DatabaseResult, Row } from './measure.js';
import { bar, barsTable, count, machine, table, type Bar } from './page.js';

export interface Results {
  readonly postgres: { readonly version: string; readonly result: DatabaseResult } | null;
  readonly embedded: DatabaseResult;
  readonly verificationsPerSecond: number;
  readonly repetitions: number;
  readonly date: string;
}

export function report(results: Results): string {
  const { postgres, embedded, verificationsPerSecond, repetitions, date } = results;
  return [
    `Measured ${date} on ${machine()}; medians of ${repetitions} repetitions.`,
    '### Bars',
    barsTable(bars(results)),
    ...(postgres === null
      ? ['### PostgreSQL', 'Not measured: there was none to run.']
      : [`### PostgreSQL ${postgres.version}`, requests(postgres.result)]),
    '### The embedded database',
    requests(embedded),
    `### Alone, ${IN_FLIGHT} in flight`,
    table(
      ['what', 'per second'],
      [
        ['RSA-2048 verification', count(verificationsPerSecond)],
        ...(postgres === null ? [] : statements('PostgreSQL', postgres.result)),
        ...statements('embedded', embedded),
      ],
    ),
    '### Process',
    table(['what', ...(postgres === null ? [] : ['PostgreSQL']), 'embedded'], process_(results)),
  ].join('\n\n');
}

export function bars({ postgres, embedded }: Results): Bar[] {
  const share = (result: DatabaseResult, subject: Row['subject']): number => {
    const { ratios } = result.rows.find((row) => row.subject === subject && row.connections === 16)!;
    return ratios.ownBody ?? ratios.gossipBody;
  };
  const atLeast = (what: string, wanted: number, got: number): Bar =>
    bar(what, `≥ ${percent(wanted)}`, percent(got), got >= wanted);
  const atMost = (what: string, wanted: number, got: number): Bar =>
    bar(what, `≤ ${wanted} MiB`, `${count(got)} MiB`, got <= wanted);
  const onTime = (what: string, { firstAnswerMs }: DatabaseResult): Bar =>
    bar(what, '≤ 1.5 s', seconds(firstAnswerMs), firstAnswerMs <= 1_500);
  return [
    ...(postgres === null
      ? []
      : [
          atLeast('route, PostgreSQL, 16 connections, of the echo', 0.7, share(postgres.result, 'route')),
          atLeast('gossip, PostgreSQL, 16 connections, of the echo', 0.45, share(postgres.result, 'gossip')),
          atMost('memory idle, PostgreSQL', 150, postgres.result.idle.nowMiB),
          atMost('memory after load, PostgreSQL', 200, postgres.result.loaded.nowMiB),
          onTime('first answer, PostgreSQL', postgres.result),
        ]),
    atMost('highest memory of the very first start, embedded', 420, embedded.veryFirstStart.highestMiB),
    atMost('highest memory afterwards, embedded', 320, embedded.loaded.highestMiB),
    onTime('first answer, embedded', embedded),
  ];
}

function requests({ rows }: DatabaseResult): string {
  return table(
    [
      'request',
      'connections',
      'requests/s',
      'p50',
      'p99',
      'of the echo of its own body',
      'of the echo of the gossip body',
    ],
    rows.map(({ subject, connections, requestsPerSecond, p50Ms, p99Ms, ratios }) => [
      NAMES[subject],
      String(connections),
      count(requestsPerSecond),
      `${p50Ms.toFixed(1)} ms`,
      `${p99Ms.toFixed(1)} ms`,
      ratios.ownBody === null ? '' : percent(ratios.ownBody),
      percent(ratios.gossipBody),
    ]),
  );
}

const NAMES: Readonly<Record<Row['subject'], string>> = {
  status: '`GET /status`',
  announcement: '`GET /api/v1/announcement`',
  route: '`POST /api/v1/route/{known}`',
  'route echo': 'Express echo of `{}`, the body of route',
  gossip: '`POST /api/v1/gossip/receive`',
  'gossip echo': 'Express echo of the gossip body',
};

function statements(name: string, { statement }: DatabaseResult): string[][] {
  return [
    [`the UPDATE of an announcement, ${name}, one row each`, count(statement.oneRow)],
    [`the same, rows in flight sharing a statement as in the daemon`, count(statement.shared)],
  ];
}

function process_({ postgres, embedded }: Results): string[][] {
  const both = postgres === null ? [embedded] : [postgres.result, embedded];
  const mib = (read: (result: DatabaseResult) => number): string[] =>
    both.map((one) => `${count(read(one))} MiB`);
  return [
    ['very first start: first answer', ...both.map((one) => seconds(one.veryFirstStart.firstAnswerMs))],
    ['very first start: highest memory', ...mib((one) => one.veryFirstStart.highestMiB)],
    ['later starts: first answer', ...both.map((one) => seconds(one.firstAnswerMs))],
    ['memory idle', ...mib((one) => one.idle.nowMiB)],
    ['memory after load', ...mib((one) => one.loaded.nowMiB)],
    ['highest memory of that process', ...mib((one) => one.loaded.highestMiB)],
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
