import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { roomyFolder } from '../support/roomy-folder.js';

const SCRIPT = fileURLToPath(new URL('../systemd/machine.sh', import.meta.url));
/** How long one command may take; an installation is the longest. */
const COMMAND_LIMIT_S = 240;

type Piped = ChildProcessByStdio<Writable, Readable, null>;

/** What the machine has from this one, beside what machine.sh looks for itself. */
const PROGRAMS = ['nginx', 'pg_createcluster', 'git', 'npm', 'openssl', 'curl', 'ip', 'pgrep', 'ss'];

/** Why no machine can be had here; null where one can. */
export function whyNoMachine(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':');
  const absent = PROGRAMS.filter((program) => !path.some((folder) => existsSync(join(folder, program))));
  if (absent.length > 0) return `needs ${absent.join(', ')}`;
  const { status, stdout } = spawnSync('bash', [SCRIPT, 'check'], { encoding: 'utf8' });
  return status === 0 ? null : stdout.trim() || 'no machine can be made here';
}

export interface Outcome {
  readonly status: number;
  /** Standard output and standard error, as a terminal shows them. */
  readonly printed: string;
}

/** A throw-away machine with systemd as process 1 and a root shell in it, which keeps its folder and its variables. */
export class Machine {
  #printed = '';

  private constructor(
    private readonly folder: string,
    private readonly host: Piped,
    private readonly shell: Piped,
  ) {
    shell.stdout.setEncoding('utf8');
  }

  /**
   * @param files lies over the file system of this machine
   * @param binds folders of this machine, as `source:target`
   */
  static async boot(files: (upper: string) => void, binds: readonly string[]): Promise<Machine> {
    const folder = mkdtempSync(join(roomyFolder(), 'lattice-operations-'));
    files(join(folder, 'upper'));
    const options = binds.flatMap((bind) => ['--bind', bind]);
    const host = start('boot', ...options, folder);
    const up = once(host.stdout, 'data');
    const ended = once(host, 'exit').then(() => Promise.reject(new Error('The machine did not start.')));
    await Promise.race([up, ended]);
    ended.catch(() => undefined);
    return new Machine(folder, host, start('exec', folder, 'bash'));
  }

  /** Types a command into the shell. */
  async run(command: string): Promise<Outcome> {
    const mark = `\u001e${Math.random()}`;
    this.#printed = '';
    const done = this.#printedUntil(new RegExp(`${mark} (\\d+)\\n`));
    this.shell.stdin.write(`{ ${command}\n} </dev/null 2>&1\nprintf '%s %s\\n' '${mark}' "$?"\n`);
    const match = await done;
    return { status: Number(match[1]), printed: match.input.slice(0, match.index) };
  }

  /** Runs a command that does not end, until it has printed a text; then ends it. */
  async runUntil(command: string, text: string): Promise<Outcome> {
    return this.run(
      [
        'printed=$(mktemp)',
        `bash -c 'exec ${command.replaceAll("'", `'\\''`)}' >"$printed" 2>&1 &`,
        `came() { grep -qF '${text}' "$printed"; }`,
        'for ((tries = 0; tries < 600; tries++)); do came || ! kill -0 $! && break; sleep 0.1; done 2>/dev/null',
        'kill $! && wait $!; cat "$printed"; came',
      ].join('\n'),
    );
  }

  async end(): Promise<void> {
    this.shell.stdin.end();
    this.host.stdin.end();
    if (this.host.exitCode === null) await once(this.host, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #printedUntil(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(limit);
        this.shell.stdout.off('data', look).off('end', onEnd);
        settle();
      };
      const look = (text: string): void => {
        this.#printed += text;
        const match = pattern.exec(this.#printed);
        if (match !== null) finish(() => resolve(match));
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${why}. It said:\n${this.#printed}`)));
      const onEnd = (): void => fail('The shell ended');
      const limit = setTimeout(() => fail(`Not done after ${COMMAND_LIMIT_S} s`), COMMAND_LIMIT_S * 1000);
      this.shell.stdout.on('data', look).once('end', onEnd);
    });
  }
}

function start(...parameters: string[]): Piped {
  const child = spawn('bash', [SCRIPT, ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] });
  // What is written after its end is missed by nobody.
  child.stdin.on('error', () => undefined);
  return child;
}

/** What an installation would leave behind, had it happened here; changes are seen by comparing two of these. */
export function traces(): string {
  const places = ['/opt/lattice', '/etc/lattice', '/var/lib/lattice', '/usr/local/bin/lattice'];
  const found = places.filter((place) => existsSync(place));
  const listed = spawnSync(
    'find',
    ['/etc', '/opt', '/usr/local/bin', '/var/lib', '-xdev', '-maxdepth', '3', '-printf', '%p %i %C@ %s\\n'],
    { encoding: 'utf8', maxBuffer: 64 << 20 },
  ).stdout;
  const mounts = spawnSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' }).stdout;
  return [...found, listed, mounts].join('\n');
}
