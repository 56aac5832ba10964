import { SchedulerRegistry } from '@nestjs/schedule';
import { expect, it } from 'vitest';
import type { Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SystemRandom } from '../platform/random.js';
import type { Task } from './task.js';
import { TaskRunner } from './task-runner.js';
import { TaskScheduler } from './task-scheduler.js';

const MINUTE_MS = 60_000;

function build() {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const periods = { gossipMs: 60 * MINUTE_MS, cleanupMs: 60 * MINUTE_MS };
  const runs: string[] = [];
  const task = (name: Task['name'], everyMs: Task['everyMs'], firstAfterMs: number): Task => ({
    name,
    everyMs,
    firstAfterMs,
    canBeDriven: false,
    run: () => Promise.resolve(runs.push(name)),
  });
  const tasks = [
    task('proxy-check', () => 60 * MINUTE_MS, 0),
    task('gossip-round', () => periods.gossipMs, MINUTE_MS),
    task('cleanup', () => periods.cleanupMs, MINUTE_MS),
  ];
  const runner = new TaskRunner(tasks, clock, new EventBus(logger), logger);
  const registry = new SchedulerRegistry();
  const config = { scheduler: 'internal' } as Config;
  const scheduler = new TaskScheduler(config, tasks, runner, registry, clock, new SystemRandom());
  scheduler.start();
  return { clock, periods, runs, scheduler };
}

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
