import { beforeEach, expect, it } from 'vitest';
import type { Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { AdmissionService } from './admission.service.js';
import { NewcomerQuota } from './newcomer-quota.js';
import { MAX_PENDING_PER_NETWORK, PendingNewcomers, type Newcomer } from './pending-newcomers.js';
import type { VerdictsService } from './verdicts.service.js';

const ORIGIN = { type: 'received', network: '192.0.2.0/24' } as const;

const newcomer = (number: number): Newcomer => ({
  serverUuid: `uuid-${number}`,
  serverId: `${number}.example`,
  fingerprint: 'F',
  endpoints: { discovery: 'https://a.example', federation: 'https://a.example/f' },
});

let pending: PendingNewcomers;
let admission: AdmissionService;

beforeEach(() => {
  const clock = new ManualClock();
  pending = new PendingNewcomers(clock);
  const config = {
    admission: 'verified',
    bootstrapServers: [],
    bootstrapPins: new Map(),
  } as unknown as Config;
  const verdicts = { verdictOn: () => Promise.resolve(null) } as unknown as VerdictsService;
  admission = new AdmissionService(
    config,
    verdicts,
    pending,
    new NewcomerQuota(clock),
    new EventBus(new MemoryLogger()),
  );
});

it('who finds no room to wait in has used nothing of what its network may bring within the hour', async () => {
  for (let i = 0; i < MAX_PENDING_PER_NETWORK; i += 1)
    expect(await admission.admit(newcomer(i), ORIGIN)).toBe('pending');
  for (let i = 100; i < 200; i += 1)
    await expect(admission.admit(newcomer(i), ORIGIN)).rejects.toThrow(/wait here/);
  pending.remove(newcomer(0));
  expect(await admission.admit(newcomer(300), ORIGIN)).toBe('pending');
});
