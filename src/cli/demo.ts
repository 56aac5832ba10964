import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { SystemClock } from '../platform/clock.js';
import { DemoDaemon } from './demo/demo-daemon.js';
import { type Ending, Federation, PATIENCE_SECONDS } from './demo/federation.js';
import { widthOf, wrapped } from './terminal-text.js';
import { LineReporter, type Reporter, TerminalReporter } from './demo/reporter.js';

const NAMES = ['amsterdam', 'berlin', 'cairo', 'delhi', 'oslo'] as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function demo(once: boolean): Promise<number> {
  const stopRequested = untilStopped();
  const folder = await mkdtemp(join(tmpdir(), 'lattice-demo-'));
  const clock = new SystemClock();
  const daemons = NAMES.map((name) => new DemoDaemon(name, join(folder, name), clock));
  // Whatever ends the demo, no daemon outlives it.
  process.once('exit', () => daemons.forEach((daemon) => daemon.killNow()));
  const intro = [
    `Five daemons on this machine, each its own process and data folder (in ${folder}).`,
    `At the start each knows one address, that of ${NAMES[0]}; the rest they learn from each other.`,
  ];
  intro.flatMap((line) => wrapped(line, widthOf(process.stdout))).forEach(print);
  print('');
  const reporter: Reporter = process.stdout.isTTY
    ? new TerminalReporter(process.stdout)
    : new LineReporter(print);
  const over = new AbortController();
  try {
    const federation = new Federation(daemons, reporter, clock, once);
    const { exitCode, words } = await Promise.race([stopRequested, federation.run(over.signal)]);
    words.forEach(print);
    return exitCode;
  } finally {
    over.abort();
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await rm(folder, { recursive: true, force: true });
    print('All daemons have ended and their data is removed.');
  }
}

/** A terminal that is closed counts as Ctrl-C, and so does a reader of our output that goes away. */
function untilStopped(): Promise<Ending> {
  return new Promise((resolve) => {
    const stop = (): void => resolve({ exitCode: 0, words: ['', 'Stopping.'] });
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    process.stdout.on('error', stop);
  });
}

const program = new Command('demo')
  .description(
    `Five daemons in one terminal that find each other. The exit code is 1 if one has not started within ${PATIENCE_SECONDS} s, or not all know all within ${PATIENCE_SECONDS} s after the last start.`,
  )
  .option('--once', 'end as soon as all know all');
const { once = false } = program.parse().opts<{ once?: boolean }>();
process.exit(await demo(once));
