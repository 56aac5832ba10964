import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { FAILURE_MEMORY_MS } from './checked-places.js';
import { PendingNewcomers, type Newcomer } from './pending-newcomers.js';

const HOURS_MS = 3 * 3_600_000;
const newcomer: Newcomer = {
  serverUuid: 'u',
  serverId: 'a.example',
  fingerprint: 'F',
  endpoints: { discovery: 'https://a.example', federation: 'https://a.example/f' },
};

describe('a newcomer whose check failed', () => {
  let clock: ManualClock;
  let pending: PendingNewcomers;
  beforeEach(() => {
    clock = new ManualClock();
    pending = new PendingNewcomers(clock);
    pending.add(newcomer, '192.0.2.0/24', 'checking');
    pending.fail(newcomer, 'nobody answers there');
  });
  const asksAgain = (): boolean => pending.isNews(newcomer, '192.0.2.0/24', 'checking');

  it('is checked again after 10 minutes', async () => {
    expect(asksAgain).toThrow(/in 600 seconds/);
    await clock.advance(FAILURE_MEMORY_MS);
    expect(asksAgain()).toBe(true);
  });

  it('waits no longer where the clock is set back meanwhile, and no less where it is set forward', async () => {
    clock.step(-HOURS_MS);
    expect(asksAgain).toThrow(/in 600 seconds/);
    clock.step(2 * HOURS_MS);
    expect(asksAgain).toThrow(/in 600 seconds/);
    clock.step(-HOURS_MS);
    await clock.advance(FAILURE_MEMORY_MS);
    expect(asksAgain()).toBe(true);
  });
});
