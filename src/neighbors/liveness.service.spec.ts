import { expect, it } from 'vitest';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { LivenessService } from './liveness.service.js';

it.each([
  ['an answer to a call of ours', 'answer', 2],
  ['no call of another', undefined, 3],
  ['no answer of a helper, which is reckoned with its probe', 'helper', 3],
] as const)('a server that was at a loss thinks better of itself after %s', (_sentence, as, patience) => {
  const events = new EventBus(new MemoryLogger());
  const liveness = new LivenessService(new ManualClock(), events);
  liveness.onModuleInit();
  const silent = { reached: false, helpersAsked: 3, helpersAnswered: 0, confirmedBy: [], vouchedBy: [] };
  liveness.judge([
    { serverUuid: 'a', ...silent },
    { serverUuid: 'b', ...silent },
  ]);
  expect(liveness.patience).toBe(3);
  events.emit('peer.heartbeat', as === undefined ? { serverUuid: 'c' } : { serverUuid: 'c', as });
  expect(liveness.patience).toBe(patience);
});
