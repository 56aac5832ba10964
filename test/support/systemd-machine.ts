import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_DIR } from './processes.js';

const SCRIPT = fileURLToPath(new URL('../systemd/machine.sh', import.meta.url));

/** How a command ended, and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why no machine can be booted here; null where one can. */
export const NO_SYSTEMD_MACHINE = missing();

function missing(): string | null {
  try {
    execFileSync('bash', [SCRIPT, 'check'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return null;
  } catch (error) {
    return (error as { stdout?: string }).stdout?.trim() || 'bash is missing';
  }
}

/** A throw-away machine with a real systemd as process 1 (test/systemd/machine.sh); the package lies in it as /opt/lattice. */
export class SystemdMachine {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async boot(): Promise<SystemdMachine> {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-machine-'));
    const shown = ['dist', 'node_modules', 'package.json', 'docs', 'systemd'];
    const binds = await Promise.all(
      shown.map(async (name) => `${await realpath(join(PACKAGE_DIR, name))}:/opt/lattice/${name}`),
    );
    const node = await realpath(process.execPath);
    if (node !== '/usr/bin/node') binds.push(`${node}:/usr/bin/node`);
    const options = binds.flatMap((bind) => ['--bind', bind]);
    const child = spawn('bash', [SCRIPT, 'boot', ...options, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    const machine = new SystemdMachine(folder, child);
    const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    if (String(said).trim() === 'up') return machine;
    await machine.end();
    throw new Error('The machine did not boot.');
  }

  /** Runs a command as root; whatever it ends with. */
  run(...command: string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile('bash', [SCRIPT, 'exec', this.folder, ...command], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      });
    });
  }

  /** Runs a line of shell as root. @returns what it printed; throws where it fails */
  async shell(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run('bash', '--norc', '-euc', line);
    if (code !== 0) throw new Error(`${line}\nended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  write(path: string, text: string): Promise<string> {
    const encoded = Buffer.from(text).toString('base64');
    return this.shell(`mkdir -p "$(dirname ${path})" && base64 -d <<<${encoded} >${path}`);
  }

  /** A running command, to be killed with the machine. */
  start(...command: string[]): ChildProcess {
    return spawn('bash', [SCRIPT, 'exec', this.folder, ...command], { stdio: 'ignore' });
  }

  /** Gone with all that ran in it. */
  async end(): Promise<void> {
    const ended = this.process.exitCode === null ? once(this.process, 'exit') : null;
    this.process.stdin?.end();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
