import { SchedulerRegistry } from '@nestjs/schedule';
import { describe, expect, it } from 'vitest';
import type { Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SystemRandom, type Random } from '../platform/random.js';
import { MINUTE_MS } from '../protocol/durations.js';
import type { Task } from './task.js';
import { TaskRunner } from './task-runner.js';
import { TaskScheduler } from './task-scheduler.js';

/** A scheduler of these tasks that has started, and the runner that it shares with whoever starts one by hand. */
function started(
  tasks: readonly Task[],
  clock: ManualClock,
  kind: Config['scheduler'],
  random: Random = new SystemRandom(),
) {
  const logger = new MemoryLogger();
  const runner = new TaskRunner(tasks, clock, new EventBus(logger), logger);
  const config = { scheduler: kind } as Config;
  const registry = new SchedulerRegistry();
  const scheduler = new TaskScheduler(config, tasks, runner, registry, clock, random);
  scheduler.start();
  return { runner, scheduler };
}

function minutely(run: Task['run'], canBeDriven = true): Task {
  return {
    name: 'cleanup',
    everyMs: () => MINUTE_MS,
    firstAfterMs: MINUTE_MS,
    canBeDriven,
    spread: 0.1,
    run,
  };
}

function build(random?: Random) {
  const clock = new ManualClock();
  const periods = { gossipMs: 60 * MINUTE_MS, cleanupMs: 60 * MINUTE_MS };
  const runs: string[] = [];
  const task = (name: Task['name'], everyMs: Task['everyMs'], firstAfterMs: number, spread = 0.1): Task => ({
    name,
    everyMs,
    spread,
    firstAfterMs,
    canBeDriven: false,
    run: () => Promise.resolve(runs.push(name)),
  });
  const tasks = [
    task('proxy-check', () => 60 * MINUTE_MS, 0),
    task('gossip-round', () => periods.gossipMs, MINUTE_MS),
    task('cleanup', () => periods.cleanupMs, MINUTE_MS, 0.2),
  ];
  const { scheduler } = started(tasks, clock, 'internal', random);
  return { clock, periods, runs, scheduler };
}

describe.each(['internal', 'external'] as const)('with the %s scheduler', (kind) => {
  it.each([
    { what: 'nobody else drives', canBeDriven: false, runsByItself: true },
    { what: 'a cron may drive', canBeDriven: true, runsByItself: kind === 'internal' },
  ])('a task that $what has turns of its own: $runsByItself', async ({ canBeDriven, runsByItself }) => {
    const clock = new ManualClock();
    let runs = 0;
    const run = (): Promise<unknown> => Promise.resolve((runs += 1));
    const { runner } = started([minutely(run, canBeDriven)], clock, kind);
    await clock.advance(10 * MINUTE_MS);
    if (runsByItself) expect(runs).toBeGreaterThan(1);
    else expect(runs).toBe(0);
    const before = runs;
    await runner.run('cleanup');
    expect(runs).toBe(before + 1);
  });
});

it('a task never overlaps itself, however late it is and whoever starts it', async () => {
  const clock = new ManualClock();
  const ends: (() => void)[] = [];
  const task = minutely(() => new Promise((resolve) => ends.push(() => resolve(`run ${ends.length}`))));
  const { runner } = started([task], clock, 'internal');
  await clock.advance(MINUTE_MS);
  expect(ends).toHaveLength(1);
  const byHand = [runner.run('cleanup'), runner.run('cleanup')];
  await clock.advance(4 * MINUTE_MS);
  expect(ends).toHaveLength(1);

  ends[0]!();
  // Who asked for a run that was under way was given that one.
  expect(await Promise.all(byHand)).toEqual(['run 1', 'run 1']);
  await clock.advance(0.8 * MINUTE_MS);
  expect(ends).toHaveLength(1);
  await clock.advance(0.4 * MINUTE_MS);
  expect(ends).toHaveLength(2);
});

it('a task that is run by hand when its turn comes is not run twice', async () => {
  const clock = new ManualClock();
  const ends: (() => void)[] = [];
  const task = minutely(() => new Promise<void>((resolve) => ends.push(resolve)));
  const { runner } = started([task], clock, 'internal');
  const byHand = runner.run('cleanup');
  await clock.advance(3 * MINUTE_MS);
  expect(ends).toHaveLength(1);
  ends[0]!();
  await byHand;
  await clock.advance(1.2 * MINUTE_MS);
  expect(ends).toHaveLength(2);
});

it('a changed configuration runs at once what runs at once at the start, and moves what became too far away', async () => {
  const { clock, periods, runs, scheduler } = build();
  await clock.advance(2 * MINUTE_MS);
  runs.length = 0;
  periods.gossipMs = MINUTE_MS;
  scheduler.reconsider();
  await clock.advance(0);
  expect(runs).toEqual(['proxy-check']);
  await clock.advance(1.2 * MINUTE_MS);
  expect(runs).toEqual(['proxy-check', 'gossip-round']);
});

it('a period that was not touched, or became longer, moves no turn', async () => {
  const { clock, periods, runs, scheduler } = build();
  await clock.advance(50 * MINUTE_MS);
  runs.length = 0;
  periods.gossipMs = 600 * MINUTE_MS;
  scheduler.reconsider();
  await clock.advance(20 * MINUTE_MS);
  expect([...runs].sort()).toEqual(['cleanup', 'gossip-round', 'proxy-check']);
});

it('none is moved once the daemon stops', async () => {
  const { clock, runs, scheduler } = build();
  await clock.advance(2 * MINUTE_MS);
  runs.length = 0;
  await scheduler.beforeApplicationShutdown();
  scheduler.reconsider();
  await clock.advance(120 * MINUTE_MS);
  expect(runs).toEqual([]);
});

it('each comes early or late by as much as its row says', async () => {
  const earliest = { uniform: () => 0 } as Random;
  const { clock, runs } = build(earliest);
  await clock.advance(MINUTE_MS);
  runs.length = 0;
  await clock.advance(0.8 * 60 * MINUTE_MS - 1);
  expect(runs).toEqual([]);
  await clock.advance(1);
  expect(runs).toEqual(['cleanup']);
  await clock.advance(0.1 * 60 * MINUTE_MS);
  expect(runs).toEqual(['cleanup', 'proxy-check', 'gossip-round']);
});
