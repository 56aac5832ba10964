import { spawn } from 'node:child_process';
import { NoServiceManager, ServiceManager, stopNotice, type Notice } from './service-manager.js';

/** systemd-notify waits up to 5 s for systemd to have read; a child that hangs must not hold up the next notice. */
const LONGEST_NOTICE_MS = 10_000;

interface Environment {
  readonly PATH?: string | undefined;
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** systemd where it started us with `Type=notify`, else nobody. `complain` hears once that systemd cannot be told. */
export function serviceManagerOf(env: Environment, complain: (problem: string) => void): ServiceManager {
  return env.NOTIFY_SOCKET ? new Systemd(env, complain) : new NoServiceManager();
}

/** Node has no datagram sockets of the file system, so a child sends each notice: systemd-notify (docs/adr/0021). */
class Systemd extends ServiceManager {
  readonly isListening = true;
  readonly pulseMs: number | null;
  /** A child of its own for each, one after the other, so that none overtakes another. */
  private unsent: Notice[] = [];
  private isSending = false;
  private hasComplained = false;

  constructor(
    private readonly env: Environment,
    private readonly complain: (problem: string) => void,
  ) {
    super();
    this.pulseMs = pulseMs(env, process.pid);
  }

  protected tell(notice: Notice): void {
    // Where the machine is too busy for a child at each pulse, one that has yet to be sent says it all.
    if ('WATCHDOG' in notice && this.unsent.some((other) => 'WATCHDOG' in other)) return;
    this.unsent.push(notice);
    if (!this.isSending) void this.sendAll();
  }

  /** At once: the daemon may be gone before the turn of this notice would come. */
  override stopping(withinMs: number): void {
    this.unsent = [];
    void this.send(stopNotice(withinMs));
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    for (let next = this.unsent.shift(); next !== undefined; next = this.unsent.shift())
      await this.send(next);
    this.isSending = false;
  }

  private async send(notice: Notice): Promise<void> {
    // A machine that is out of memory lets the start of a child throw.
    const problem = await notify(this.env, notice).catch(
      (error: Error) => `cannot be run (${error.message})`,
    );
    if (problem === null || this.hasComplained) return;
    this.hasComplained = true;
    this.complain(`systemd cannot be told how this daemon is doing: systemd-notify ${problem}.`);
  }
}

/** Null where systemd watches nobody, or another process. */
export function pulseMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | null {
  const limitMs = Number(WATCHDOG_USEC) / 1000;
  if (WATCHDOG_PID && Number(WATCHDOG_PID) !== pid) return null;
  return limitMs > 0 ? limitMs / 2 : null;
}

/** What went wrong; null when systemd has read it. The child sees none of the secrets in our environment. */
function notify({ PATH, NOTIFY_SOCKET }: Environment, notice: Notice): Promise<string | null> {
  const assignments = Object.entries(notice).map(([name, value]) => `${name}=${value}`);
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', assignments, {
      env: { PATH, NOTIFY_SOCKET },
      stdio: 'ignore',
      timeout: LONGEST_NOTICE_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`cannot be run (${error.code})`));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `ended with ${code ?? signal}`));
    // The end of the daemon does not wait for it.
    child.unref();
  });
}
