import { expect, it } from 'vitest';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import type { CleanupRepository } from './cleanup.repository.js';
import { CleanupService } from './cleanup.service.js';

it('the clean-up is told that the daemon stops, also before it begins', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const counts = { neighbors: 0, peers: 0, routes: 0, reservedNames: 0, blocks: 0 };
  const repository: Pick<CleanupRepository, 'run'> = {
    run: (_nowMs, signal) => {
      signals.push(signal);
      return Promise.resolve(counts);
    },
  };
  const logger = new MemoryLogger();
  const events = new EventBus(logger);
  const service = new CleanupService(repository as CleanupRepository, new ManualClock(), events, logger);
  await service.run();
  expect(signals[0]?.aborted).toBe(false);
  events.emit('daemon.stopping', {});
  expect(signals[0]?.aborted).toBe(true);
  await service.run();
  expect(signals[1]?.aborted).toBe(true);
});
