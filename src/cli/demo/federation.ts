import type { Clock } from '../../platform/clock.js';
import { type Acquaintance, allKnowAll } from './acquaintance.js';
import type { DemoDaemon } from './demo-daemon.js';
import { nextSteps } from './picture.js';
import type { Reporter } from './reporter.js';

/** Often enough to look alive, and well below the limit of requests a minute. */
const LOOK_EVERY_MS = 500;
/** For a daemon to start, and once the last has started for all to know all: a busy machine may be slow at it. */
export const PATIENCE_SECONDS = 60;

/** What the demo wants of a daemon. */
export type Member = Pick<
  DemoDaemon,
  'name' | 'url' | 'isStarted' | 'lastLines' | 'died' | 'start' | 'knows' | 'resolve'
>;

/** How the demo ends, and its last words. */
export interface Ending {
  readonly exitCode: 0 | 1;
  readonly words: readonly string[];
}

/** The daemons of the demo, from the first start until all know all and beyond. */
export class Federation {
  private readonly startedAt: number;
  private acquaintance: Acquaintance = new Map();
  private epilogue: readonly string[] = [];
  private deadline: number;

  constructor(
    private readonly daemons: readonly Member[],
    private readonly reporter: Reporter,
    private readonly clock: Clock,
    private readonly once: boolean,
  ) {
    this.startedAt = clock.now();
    this.deadline = this.startedAt + PATIENCE_SECONDS * 1000;
  }

  /** Runs until all know all if only `once`, else until one dies; what it began is ended by `signal`. */
  async run(signal: AbortSignal): Promise<Ending> {
    void this.start(signal);
    return Promise.race([this.watch(signal), this.death()]);
  }

  /** The first alone, for its address; the others two at a time, as a start takes memory. */
  private async start(signal: AbortSignal): Promise<void> {
    const [first, ...others] = this.daemons;
    const bootstrap = [await first!.start([])];
    this.bePatient();
    for (let next = 0; next < others.length && !signal.aborted; next += 2) {
      await Promise.all(others.slice(next, next + 2).map((daemon) => daemon.start(bootstrap)));
      this.bePatient();
    }
  }

  private bePatient(): void {
    this.deadline = this.clock.now() + PATIENCE_SECONDS * 1000;
  }

  private async watch(signal: AbortSignal): Promise<Ending> {
    for (;;) {
      await this.look();
      if (this.isComplete && this.once) return { exitCode: 0, words: [] };
      if (!this.isComplete && this.clock.now() > this.deadline) return this.overtime();
      await this.clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  private async look(): Promise<void> {
    const seen = await Promise.all(
      this.daemons.map(async (daemon) => [daemon.name, await daemon.knows()] as const),
    );
    const known = seen.map(([name, knows]) => [name, knows ?? this.acquaintance.get(name)] as const);
    this.acquaintance = new Map(known.filter((entry): entry is [string, ReadonlySet<string>] => !!entry[1]));
    const names = this.daemons.map(({ name }) => name);
    if (!this.isComplete && allKnowAll(names, this.acquaintance)) await this.conclude();
    this.reporter.tell({
      figures: this.daemons.map(({ name, isStarted, url }) => ({ name, isStarted, url })),
      acquaintance: this.acquaintance,
      elapsedMs: this.elapsedMs,
      epilogue: this.epilogue,
    });
  }

  /** To know each other is not all: the last must also find the second, of which nobody told it at the start. */
  private async conclude(): Promise<void> {
    const [asked, sought] = [this.daemons.at(-1)!, this.daemons[1]!];
    const endpoint = await asked.resolve(sought.name);
    if (endpoint === null) return;
    this.epilogue = [
      `All know all after ${Math.round(this.elapsedMs / 1000)} s.`,
      `${asked.name} finds ${sought.name} at ${endpoint}`,
      ...(this.once ? [] : ['', ...nextSteps(asked, sought)]),
    ];
  }

  private async death(): Promise<Ending> {
    return Promise.race(
      this.daemons.map(async (daemon): Promise<Ending> => {
        const how = await daemon.died;
        return {
          exitCode: 1,
          words: [`${daemon.name} has ended (${how}). Its last words:`, ...lastWords(daemon)],
        };
      }),
    );
  }

  private overtime(): Ending {
    const starting = this.daemons.filter(({ isStarted, url }) => isStarted && url === null);
    const reason =
      starting.length > 0
        ? `Not started within ${PATIENCE_SECONDS} s: ${starting.map(({ name }) => name).join(', ')}.`
        : `Not all know all within ${PATIENCE_SECONDS} s after the last start.`;
    const words = this.daemons.flatMap((daemon) => [`${daemon.name}:`, ...lastWords(daemon)]);
    return { exitCode: 1, words: [`${reason} The daemons' last words:`, ...words] };
  }

  private get isComplete(): boolean {
    return this.epilogue.length > 0;
  }

  private get elapsedMs(): number {
    return this.clock.now() - this.startedAt;
  }
}

function lastWords({ lastLines }: Member): string[] {
  return lastLines.length === 0 ? ['  (none)'] : lastLines.map((line) => `  ${line}`);
}
