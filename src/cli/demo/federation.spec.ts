import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.js';
import { type Ending, Federation, type Member } from './federation.js';
import type { Scene } from './reporter.js';

const NAMES = ['ada', 'bob', 'eve', 'ian', 'zoe'];
const NEVER = Infinity;

/** A daemon that starts in its time, and knows whom it is told. */
class Stub implements Member {
  url: string | null = null;
  isStarted = false;
  readonly died = new Promise<string>(() => undefined);
  known: readonly string[] = [];

  constructor(
    readonly name: string,
    private readonly clock: ManualClock,
    private readonly startMs: number,
  ) {}

  get lastLines(): string[] {
    return [`${this.name} says so`];
  }

  async start(): Promise<string> {
    this.isStarted = true;
    await this.clock.sleep(this.startMs);
    return (this.url = `http://${this.name}.example`);
  }

  knows(): Promise<ReadonlySet<string> | null> {
    return Promise.resolve(this.url === null ? null : new Set(this.known));
  }

  resolve(name: string): Promise<string | null> {
    return Promise.resolve(this.known.includes(name) ? `http://${name}.example` : null);
  }
}

interface Told {
  ending: Ending | null;
  scene: Scene | null;
  fault: unknown;
}

/** Each starts in a second, unless something else is said of it. */
function demo(once: boolean, startMs: Readonly<Record<string, number>> = {}) {
  const clock = new ManualClock();
  const daemons = NAMES.map((name) => new Stub(name, clock, startMs[name] ?? 1_000));
  const told: Told = { ending: null, scene: null, fault: null };
  const reporter = { tell: (scene: Scene) => void (told.scene = scene) };
  const over = new AbortController();
  void new Federation(daemons, reporter, clock, once).run(over.signal).then(
    (ending) => (told.ending = ending),
    (fault: unknown) => (told.fault = fault),
  );
  const introduceAll = (): void => daemons.forEach((daemon) => (daemon.known = NAMES));
  return { clock, told, over, introduceAll };
}

const LAST_WORDS = NAMES.flatMap((name) => [`${name}:`, `  ${name} says so`]);

describe.each([true, false])('daemons of the demo, --once: %s,', (once) => {
  it('that never all know all end it 60 s after the last has started, with their last words', async () => {
    const { clock, told } = demo(once, { ada: 50_000, eve: 50_000, zoe: 50_000 });
    await clock.advance(150_000 + 60_000);
    expect(told.ending).toBeNull();
    await clock.advance(1_000);
    expect(told.ending).toEqual({
      exitCode: 1,
      words: ["Not all know all within 60 s after the last start. The daemons' last words:", ...LAST_WORDS],
    });
  });

  it.each([
    ['the first', 'ada', 60_000],
    ['another', 'eve', 61_000],
  ])('of which %s never starts end it, and it is named', async (_which, name, lastMoment) => {
    const { clock, told } = demo(once, { [name]: NEVER });
    await clock.advance(lastMoment);
    expect(told.ending).toBeNull();
    await clock.advance(1_000);
    expect(told.ending).toMatchObject({ exitCode: 1 });
    expect(told.ending!.words[0]).toBe(`Not started within 60 s: ${name}. The daemons' last words:`);
  });
});

it('with --once the demo ends with exit code 0 as soon as all know all', async () => {
  const { clock, told, introduceAll } = demo(true);
  await clock.advance(50_000);
  expect(told.ending).toBeNull();
  introduceAll();
  await clock.advance(1_000);
  expect(told.ending).toEqual({ exitCode: 0, words: [] });
  expect(told.scene!.epilogue).toEqual(['All know all after 51 s.', 'zoe finds bob at http://bob.example']);
});

it('without it the demo goes on when all know all, until the signal', async () => {
  const { clock, told, introduceAll, over } = demo(false);
  introduceAll();
  await clock.advance(3_600_000);
  expect(told).toMatchObject({ ending: null, fault: null });
  expect(told.scene!.epilogue[0]).toMatch(/^All know all after \d s\.$/);
  over.abort(new Error('the demo is over'));
  await clock.advance(0);
  expect(told).toMatchObject({ ending: null, fault: new Error('the demo is over') });
});
