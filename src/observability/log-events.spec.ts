import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { CLAIM_WARNINGS_PER_HOUR } from './claim-alarm.js';
import { EventBus } from './events.js';
import { logEvents } from './log-events.js';
import { MemoryLogger } from './memory-logger.js';

it('warns of identities that end as often as the budget of an hour has it, and notes the others at level debug', async () => {
  const clock = new ManualClock();
  const log = new MemoryLogger();
  const events = new EventBus(log);
  logEvents(events, log, clock);
  const end = (): void => events.emit('peer.revoked', { serverUuid: 'u', serverId: 'made-up', reason: '' });
  const warnings = (): number => log.entries.filter(({ level }) => level === 'warn').length;
  for (let i = 0; i < 100; i += 1) end();
  expect(warnings()).toBe(CLAIM_WARNINGS_PER_HOUR);
  expect(log.entries).toHaveLength(100);
  await clock.advance(3_600_000);
  end();
  expect(warnings()).toBe(CLAIM_WARNINGS_PER_HOUR + 1);
});
