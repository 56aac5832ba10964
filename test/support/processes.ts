import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { recordOutput, recordSecretsOf } from './suite-record.js';

/** The folder of the package; what runs is `dist`, as `npm run build` left it. */
export const PACKAGE_DIR = fileURLToPath(new URL('../..', import.meta.url));

export type Variables = Readonly<Record<string, string>>;

/** A line of the log in JSON. */
export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a daemon says in its line 'The daemon is running', as far as tests ask for it. */
export interface Running {
  readonly port: number;
  /** `http://127.0.0.1:{port}` */
  readonly url: string;
  readonly serverId: string;
  readonly serverUuid: string;
  readonly fingerprint: string;
}

/** A process with all that it printed; killed when the test ends, if it still runs. To be started in a test, not in a hook. */
export class Process {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  stdout = '';
  stderr = '';
  private readonly waiting = new Set<() => void>();
  private isOver = false;

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    variables: Variables,
  ) {
    if (child.pid === undefined) throw new Error('The process did not start.');
    this.pid = child.pid;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.note(() => (this.stdout += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.note(() => (this.stderr += text)));
    // 'close' comes after the last output.
    this.ended = (once(child, 'close') as Promise<[Ending['code'], Ending['signal']]>).then(
      ([code, signal]) => {
        this.note(() => (this.isOver = true));
        recordOutput(this.output);
        recordSecretsOf(variables);
        return { code, signal };
      },
    );
  }

  /** Sees of this process's variables only what programs need to run, and nothing called `LATTICE_...`. */
  static start(command: string, args: readonly string[], variables: Variables = {}): Process {
    const { PATH = '', HOME = '' } = process.env;
    const started = new Process(
      spawn(command, args, {
        cwd: PACKAGE_DIR,
        env: { PATH, HOME, NO_COLOR: '1', ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, so that one signal can reach all of it, as Ctrl-C does.
        detached: true,
      }),
      variables,
    );
    const killNow = (): void => started.signalGroup('SIGKILL');
    process.once('exit', killNow);
    // A test may start many, one after the other.
    void started.ended.then(() => process.off('exit', killNow));
    onTestFinished(async () => {
      process.off('exit', killNow);
      killNow();
      await started.ended;
    });
    return started;
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  /** To the process alone. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** To the process and all that it started, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** As `kill -9`; resolves when it is gone. */
  async kill(): Promise<Ending> {
    this.signal('SIGKILL');
    return this.ended;
  }

  /** As an operator or systemd ends it. */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** The lines on standard output that are JSON, so far. */
  get log(): LogLine[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  /** The first log line with this message (and what else is asked of it), past or to come. */
  async logged(message: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return this.until(`the log line "${message}"`, () =>
      this.log.find((line) => line.msg === message && matches(line)),
    );
  }

  /** The first match on standard output, past or to come. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => pattern.exec(this.stdout) ?? undefined);
  }

  /** When a daemon answers; rejects with its output when it ends without. */
  async running(): Promise<Running> {
    const line = (await this.logged('The daemon is running')) as unknown as Omit<Running, 'url'>;
    const { port, serverId, serverUuid, fingerprint } = line;
    return { port, url: `http://127.0.0.1:${port}`, serverId, serverUuid, fingerprint };
  }

  private note(change: () => void): void {
    change();
    for (const look of this.waiting) look();
  }

  /** What `find` finds, now or after some later output; rejects when the process ends without. */
  until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined && !this.isOver) return;
        this.waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`The process ended without ${what}. It said:\n${this.output}`));
      };
      this.waiting.add(look);
      look();
    });
  }
}

/** A daemon of its own process on a free port of loopback that may call others there, logging JSON. */
export function startDaemonProcess(dataDir: string, variables: Variables = {}): Process {
  return Process.start(process.execPath, ['dist/main.js'], daemonVariables(dataDir, variables));
}

export function daemonVariables(dataDir: string, variables: Variables = {}): Variables {
  return {
    LATTICE_DATA_DIR: dataDir,
    LATTICE_PORT: '0',
    LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8,::1',
    // Their DNS names are none that lead to loopback.
    LATTICE_ADMISSION: 'open',
    LATTICE_LOG_FORMAT: 'json',
    ...variables,
  };
}

/** Removed when the test ends; ask for it before what runs in it, as the last to be asked for is the first to end. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lattice-process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
