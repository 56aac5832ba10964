import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDatabase, type DatabasePlace } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { writePage } from '../page.js';
import { insertPeers, loadPeers, signAnnouncements, type BenchPeer, type Signed } from '../peers.js';
import { startDurablePostgres } from '../postgres.js';
import { startDaemon, type Subject } from '../processes.js';
import type { Order, Word } from './attacker.js';
import { KINDS, tarPit, type Counts, type Kind } from './attacks.js';
import { beHonest } from './honest.js';
import { bars, line, report, type Phase, type Run } from './report.js';
import { strangeBodies } from './strangers.js';

const ATTACKER = fileURLToPath(new URL('attacker.mjs', import.meta.url));

const HONEST_PEERS = 200;
/** More than are sent in one run at 50 a second. */
const ANNOUNCEMENTS = 7_500;
const PHASE_MS = 6_000;
const LONGEST_PHASE_MS = 20_000;
const SAMPLE_MS = 250;
/** After the attack is over, before its memory counts as that of afterwards. */
const SETTLE_MS = 1_500;

const { values: options } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, only: { type: 'string' }, attack: { type: 'string' } },
});

interface Inputs {
  readonly honest: readonly BenchPeer[];
  readonly announcements: readonly Signed[];
  /** A fresh 10,000 for each phase with strangers. */
  readonly bodiesFiles: readonly string[];
}

const PHASES: readonly { readonly attack: string; readonly kinds: readonly Kind[] }[] = [
  { attack: 'none', kinds: [] },
  ...KINDS.map((kind) => ({ attack: kind, kinds: [kind] })),
  { attack: 'all at once', kinds: KINDS },
].filter(({ attack }) => options.attack === undefined || attack === 'none' || attack === options.attack);

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lattice-bench-hostile-'));
  try {
    const inputs = await prepare(folder);
    const runs: Run[] = [];
    if (options.only !== 'embedded') runs.push(...(await onPostgres(folder, inputs)));
    if (options.only !== 'postgres')
      runs.push(await run('Embedded', { databaseUrl: null, dataDir: join(folder, 'embedded') }, inputs));
    const text = report(runs, new Date().toISOString().slice(0, 10));
    console.log(`\n${text}`);
    if (options.write === true) await writePage('hostile', text);
    return runs.flatMap(bars).every(({ reached }) => reached) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string): Promise<Inputs> {
  console.log(`signing; load of the machine ${loadavg()[0]!.toFixed(1)}`);
  const peers = await loadPeers();
  const honest = peers.slice(0, HONEST_PEERS);
  const now = Date.now();
  const announcements = await signAnnouncements(honest, now - 240_000, ANNOUNCEMENTS);
  const nowhere = `http://127.0.0.1:${await tarPit()}`;
  const bodiesFiles = [join(folder, 'strangers-1.json'), join(folder, 'strangers-2.json')];
  for (const file of bodiesFiles)
    await writeFile(file, JSON.stringify(await strangeBodies(peers.slice(HONEST_PEERS), now, nowhere)));
  return { honest, announcements, bodiesFiles };
}

async function onPostgres(folder: string, inputs: Inputs): Promise<Run[]> {
  const server = await startDurablePostgres();
  if (server === null) {
    console.error('PostgreSQL: none on this machine, so it was not measured');
    return [];
  }
  try {
    const place = { databaseUrl: server.url, dataDir: join(folder, 'postgres') };
    return [await run(`PostgreSQL ${server.version}`, place, inputs)];
  } finally {
    await server.remove();
  }
}

async function run(name: string, place: DatabasePlace, inputs: Inputs): Promise<Run> {
  console.log(name);
  // The first start makes the tables.
  await (await startDaemon(place)).stop();
  const database = await openDatabase(place, new MemoryLogger());
  await insertPeers(database, inputs.honest, Date.now() - 600_000);
  await database.close();
  const log = await open(join(place.dataDir, 'daemon.log'), 'w');
  const daemon = await startDaemon(
    place,
    { LATTICE_SOURCE_RATE_LIMIT: '600', LATTICE_LOG_FORMAT: 'json' },
    log.fd,
  );
  try {
    let sent = 0;
    const next = (): Signed => inputs.announcements[sent++]!;
    const phases: Phase[] = [];
    let files = 0;
    for (const { attack, kinds } of PHASES) {
      const bodiesFile = kinds.includes('strangers') ? inputs.bodiesFiles[files++]! : '';
      const phase = await under(daemon, { attack, kinds, bodiesFile }, { peers: inputs.honest, next });
      console.log(`  ${line(phase).join(' | ')} ${JSON.stringify(phase.experience.errors)}`);
      phases.push(phase);
    }
    return { database: name, phases };
  } finally {
    await daemon.stop();
    await log.close();
  }
}

async function under(
  daemon: Subject,
  { attack, kinds, bodiesFile }: { attack: string; kinds: readonly Kind[]; bodiesFile: string },
  crowd: { peers: readonly BenchPeer[]; next: () => Signed },
): Promise<Phase> {
  const port = Number(new URL(daemon.url).port);
  const beforeMiB = (await daemon.memory()).nowMiB;
  const startedAt = performance.now();
  const cpuBefore = await daemon.cpuSeconds();
  const watched = watch(daemon);
  const attacker = await hire({ kinds, port, bodiesFile });
  const honest = beHonest({ port, ...crowd });
  await Promise.all([
    sleep(PHASE_MS),
    Promise.race([attacker.over, sleep(LONGEST_PHASE_MS, undefined, { ref: false })]),
  ]);
  const experience = await honest();
  const cpu = (await daemon.cpuSeconds()) - cpuBefore;
  const cpuShare = (cpu * 1000) / (performance.now() - startedAt);
  const counts = await attacker.end();
  const { highestMiB, descriptors } = await watched();
  await sleep(SETTLE_MS);
  return {
    attack,
    experience,
    counts,
    cpuShare,
    beforeMiB,
    highestMiB,
    descriptors,
    afterMiB: (await daemon.memory()).nowMiB,
  };
}

interface Attacker {
  /** Resolves when what has an end has come to it. */
  readonly over: Promise<void>;
  end(): Promise<Counts>;
}

async function hire(order: Order): Promise<Attacker> {
  if (order.kinds.length === 0) return { over: Promise.resolve(), end: () => Promise.resolve({}) };
  const child = fork(ATTACKER);
  const word = async (): Promise<Word> => ((await once(child, 'message')) as [Word])[0];
  await word();
  child.send(order);
  const over = word().then(() => undefined);
  return {
    over,
    end: async () => {
      const last = new Promise<Counts>((resolve) =>
        child.on('message', (said: Word) => typeof said === 'object' && resolve(said.counts)),
      );
      child.send('end');
      return last;
    },
  };
}

/** Looks at the daemon every now and then, until called. */
function watch(daemon: Subject): () => Promise<{ highestMiB: number; descriptors: number }> {
  let highestMiB = 0;
  let descriptors = 0;
  const look = async (): Promise<void> => {
    highestMiB = Math.max(highestMiB, (await daemon.memory()).nowMiB);
    descriptors = Math.max(descriptors, await daemon.descriptors());
  };
  const timer = setInterval(() => void look(), SAMPLE_MS);
  return async () => {
    clearInterval(timer);
    await look();
    return { highestMiB, descriptors };
  };
}

process.exit(await main());
