import { SchedulerRegistry } from '@nestjs/schedule';
import { expect, it } from 'vitest';
import type { Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SystemRandom, type Random } from '../platform/random.js';
import type { Task } from './task.js';
import { TaskRunner } from './task-runner.js';
import { TaskScheduler } from './task-scheduler.js';

const MINUTE_MS = 60_000;

function build(random: Random = new SystemRandom()) {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
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
  const runner = new TaskRunner(tasks, clock, new EventBus(logger), logger);
  const registry = new SchedulerRegistry();
  const config = { scheduler: 'internal' } as Config;
  const scheduler = new TaskScheduler(config, tasks, runner, registry, clock, random);
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
