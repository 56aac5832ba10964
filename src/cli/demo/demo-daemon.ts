import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../platform/clock.js';
import { askLocal } from '../ask-local.js';

const DAEMON = fileURLToPath(new URL('../../main.js', import.meta.url));

/** Enough to see why one failed; five times that still fits a screen. */
const KEPT_LINES = 6;
/** A daemon ends itself within 10 s of being asked. */
const STOP_TIMEOUT_MS = 15_000;
const ASK_TIMEOUT_MS = 5_000;

/** Periods for people who watch: everybody knows everybody after seconds instead of an hour. */
const HASTE = {
  LATTICE_GOSSIP_INTERVAL: '2s',
  LATTICE_NEIGHBOR_INTERVAL: '2s',
} as const;

/** Variables that tell a daemon what to be, where its secrets are, and to whom to report. */
const OF_A_DAEMON = /^(LATTICE_|VAULT_|CREDENTIALS_DIRECTORY$|NOTIFY_SOCKET$|WATCHDOG_)/;

/** A daemon as a process of its own, on a free port of loopback, with its own data folder. */
export class DemoDaemon {
  /** When it ended without having been asked to: how. */
  readonly died: Promise<string>;
  /** Null until it answers. */
  url: string | null = null;
  readonly lastLines: string[] = [];
  private child: ChildProcessByStdio<null, Readable, Readable> | null = null;
  private ended: Promise<unknown> = Promise.resolve();
  private isAskedToStop = false;
  private tellDeath: (how: string) => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly dataDir: string,
    private readonly clock: Clock,
  ) {
    this.died = new Promise((resolve) => (this.tellDeath = resolve));
  }

  get isStarted(): boolean {
    return this.child !== null;
  }

  /** Resolves with its URL once it answers; never, if it ends before (see `died`). */
  start(bootstrapServers: readonly string[]): Promise<string> {
    // A group of its own: Ctrl-C reaches the demo alone, which then ends the daemons in order.
    const child = spawn(process.execPath, [DAEMON], {
      env: this.variables(bootstrapServers),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    this.ended = once(child, 'close').catch(() => undefined);
    child.once('error', (error) => this.tellDeath(error.message));
    child.once('close', (code, signal) => {
      if (!this.isAskedToStop) this.tellDeath(signal === null ? `exit code ${code}` : signal);
    });
    createInterface(child.stderr).on('line', (line) => this.keep(line));
    return new Promise((resolve) => {
      createInterface(child.stdout).on('line', (line) => {
        this.keep(line);
        const port = portIn(line);
        if (port === null) return;
        this.url = `http://127.0.0.1:${port}`;
        resolve(this.url);
      });
    });
  }

  /** The names of those it knows; null where it does not answer (yet). */
  async knows(): Promise<ReadonlySet<string> | null> {
    const peers = (await this.ask('GET', '/api/v1/peers')) as { server_id: string }[] | null;
    return peers === null ? null : new Set(peers.map((peer) => peer.server_id));
  }

  /** The federation endpoint of a name as it resolves it; null where it cannot. */
  async resolve(name: string): Promise<string | null> {
    const route = (await this.ask('POST', `/api/v1/route/${name}`)) as { endpoint_url: string | null } | null;
    return route?.endpoint_url ?? null;
  }

  async stop(): Promise<void> {
    this.isAskedToStop = true;
    this.child?.kill('SIGTERM');
    const late = this.clock.after(STOP_TIMEOUT_MS, () => this.killNow());
    await this.ended;
    late.cancel();
  }

  /** For a demo that itself ends at once. */
  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  private async ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
    if (this.url === null) return null;
    try {
      const { status, text } = await askLocal(this.url + path, { method, timeoutMs: ASK_TIMEOUT_MS });
      return status < 300 ? JSON.parse(text) : null;
    } catch {
      return null;
    }
  }

  private keep(line: string): void {
    this.lastLines.push(line);
    if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
  }

  /** Nothing of the operator's own configuration: it may be that of a real server. */
  private variables(bootstrapServers: readonly string[]): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !OF_A_DAEMON.test(name));
    return {
      ...Object.fromEntries(inherited),
      ...HASTE,
      LATTICE_SECRETS: 'files',
      LATTICE_SERVER_ID: this.name,
      LATTICE_DATA_DIR: this.dataDir,
      LATTICE_HOST: '127.0.0.1',
      LATTICE_PORT: '0',
      LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8',
      LATTICE_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      LATTICE_LOG_FORMAT: 'json',
    };
  }
}

function portIn(line: string): number | null {
  if (!line.includes('"The daemon is running"')) return null;
  return (JSON.parse(line) as { port: number }).port;
}
