import { expect, it } from 'vitest';
import type { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SystemRandom } from '../platform/random.js';
import { RumorMill } from './rumor-mill.js';
import type { RumorOutbox } from './rumor-outbox.js';

/** Longer than any rumour waits. */
const OVER_MS = 10_000;

it('of a burst only so many rumours wait, also of changes that come while neighbours are looked up', async () => {
  const pushed = new Set<string>();
  let lookups = 0;
  const neighbors = {
    extNeighborsNotDown: () => {
      lookups += 1;
      return Promise.resolve([{ serverUuid: 'a neighbour' }]);
    },
  } as unknown as NeighborsService;
  const outbox = {
    push: (_to: readonly string[], serverUuid: string) => void pushed.add(serverUuid),
  } as unknown as RumorOutbox;
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const events = new EventBus(logger);
  const mill = new RumorMill(neighbors, outbox, clock, new SystemRandom(), events, logger);
  mill.onModuleInit();
  const change = (number: number): void =>
    events.emit('record.changed', {
      serverUuid: `${number}`,
      hash: `hash ${number}`,
      isNews: true,
      caughtUpFrom: null,
      from: null,
    });
  for (let number = 0; number < 5_000; number += 1) change(number);
  await new Promise((resolve) => setImmediate(resolve));
  change(5_000);
  expect(lookups).toBe(5_000);
  await clock.advance(OVER_MS);
  expect(pushed.size).toBe(4_000);
  change(5_001);
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(OVER_MS);
  expect(pushed.size).toBe(4_001);
  mill.beforeApplicationShutdown();
});
