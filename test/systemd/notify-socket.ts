import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/processes.js';

// What systemd does with its socket: it takes datagrams, and closes the file that a barrier carries, for which the sender waits.
const RECEIVER = `
import array, json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(65536, 1024)
    for level, kind, files in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            for file in array.array('i', files[:len(files) - len(files) % 4]): os.close(file)
    pairs = [line.split('=', 1) for line in data.decode().splitlines() if line]
    print(json.dumps(dict(pairs)), flush=True)
`;

export type Received = Readonly<Record<string, string>>;

/** Why no daemon can be heard here; null where one can. */
export const NO_NOTIFY = missing();

function missing(): string | null {
  for (const program of ['python3', 'systemd-notify']) {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
    } catch {
      return `${program} is missing`;
    }
  }
  return null;
}

/** A socket on which a service manager would listen; gone when the test ends. */
export class NotifySocket {
  private readonly heard: Received[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(readonly path: string) {}

  static async open(): Promise<NotifySocket> {
    const socket = new NotifySocket(join(await temporaryFolder(), 'notify'));
    const child = spawn('python3', ['-c', RECEIVER, socket.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout);
    await new Promise<void>((resolve) => {
      lines.on('line', (line) => (line === 'bound' ? resolve() : socket.take(JSON.parse(line) as Received)));
    });
    return socket;
  }

  /** What was heard so far, without barriers, in order. */
  get notices(): readonly Received[] {
    return this.heard;
  }

  /** The first notice that matches, past or to come. */
  hears(matches: (notice: Received) => boolean): Promise<Received> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.heard.find(matches);
        if (found === undefined) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  private take(notice: Received): void {
    if ('BARRIER' in notice) return;
    this.heard.push(notice);
    for (const look of this.waiting) look();
  }
}
