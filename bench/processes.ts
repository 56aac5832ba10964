import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DatabasePlace } from '../src/database/open-database.js';
import { freePort } from '../test/support/free-port.js';

const START_TIMEOUT_MS = 120_000;

/** A process under measurement. */
export interface Subject {
  readonly url: string;
  /** From spawning the process to its first answer. */
  readonly firstAnswerMs: number;
  memory(): Promise<Memory>;
  /** Open descriptors: connections, and some twenty files. */
  descriptors(): Promise<number>;
  /** Processor time that it has used, all threads together. */
  cpuSeconds(): Promise<number>;
  /** Ends it as an operator does. @throws where that is not exit code 0 */
  stop(): Promise<void>;
}

/** Resident memory in MiB. */
export interface Memory {
  readonly nowMiB: number;
  readonly highestMiB: number;
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** @param env settings beyond those of every measurement @param log a descriptor for its log, which is dropped otherwise */
export async function startDaemon(
  { databaseUrl, dataDir }: DatabasePlace,
  env: Readonly<Record<string, string>> = {},
  log: number | 'ignore' = 'ignore',
): Promise<Subject> {
  const port = env.LATTICE_PORT ?? String(await freePort());
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeOptions(), path('../dist/main.js')], {
    stdio: ['ignore', log, 'inherit'],
    env: {
      PATH: process.env.PATH,
      LATTICE_PORT: port,
      LATTICE_DATA_DIR: dataDir,
      ...(databaseUrl === null ? {} : { LATTICE_DATABASE_URL: databaseUrl }),
      LATTICE_SCHEDULER: 'external',
      LATTICE_SOURCE_RATE_LIMIT: '0',
      LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8',
      LATTICE_ADMISSION: 'open',
      ...env,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await firstAnswer(child, `${url}/status`);
  return subject(child, url, performance.now() - startedAt);
}

export async function startEcho(): Promise<Subject> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [path('echo.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return subject(child, `http://127.0.0.1:${port}`, performance.now() - startedAt);
}

/** Those of `npm start`. LATTICE_BENCH_NODE_OPTIONS is for profiling: `--cpu-prof --cpu-prof-dir=/tmp`. */
function nodeOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(path('../package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const given = `${scripts.start} ${process.env.LATTICE_BENCH_NODE_OPTIONS ?? ''}`;
  return given.split(' ').filter((option) => option.startsWith('--'));
}

function subject(child: ChildProcess, url: string, firstAnswerMs: number): Subject {
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  return {
    url,
    firstAnswerMs,
    memory: () => memoryOf(child.pid!),
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    descriptors: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    stop: async () => {
      process.off('exit', onExit);
      if (child.exitCode !== null) throw new Error(`the process ended by itself with ${child.exitCode}`);
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function firstAnswer(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const answered = await fetch(url).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    );
    if (answered) return;
    await sleep(5);
  }
  child.kill('SIGKILL');
  throw new Error(`no answer from ${url}`);
}

async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { nowMiB: mib('VmRSS'), highestMiB: mib('VmHWM') };
}

/** Kernel and user time, in hundredths of a second: the 12th and 13th field after the name, which may hold anything. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
