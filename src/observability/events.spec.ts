import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { EventBus, type DomainEvents } from './events.js';
import { logEvents } from './log-events.js';
import { MemoryLogger } from './memory-logger.js';

const A = { serverUuid: 'uuid-a', serverId: 'a.example' };
const B = { serverUuid: 'uuid-b', serverId: 'b.example' };

function start(): { bus: EventBus; logger: MemoryLogger } {
  const logger = new MemoryLogger();
  return { bus: new EventBus(logger), logger };
}

describe('a listener', () => {
  it('hears its event at once, in order of subscription, and no other', () => {
    const { bus } = start();
    const heard: string[] = [];
    bus.on('peer.learned', ({ serverId }) => void heard.push(`first ${serverId}`));
    bus.on('peer.learned', ({ serverId }) => void heard.push(`second ${serverId}`));
    bus.emit('neighbor.added', B);
    bus.emit('peer.learned', A);
    expect(heard).toEqual(['first a.example', 'second a.example']);
  });

  it('that is subscribed twice is told twice and taken off one by one', () => {
    const { bus } = start();
    const heard: string[] = [];
    const listener = ({ serverId }: { serverId: string }): void => void heard.push(serverId);
    const off = bus.on('peer.learned', listener);
    bus.on('peer.learned', listener);
    bus.emit('peer.learned', A);
    off();
    off();
    bus.emit('peer.learned', B);
    expect(heard).toEqual(['a.example', 'a.example', 'b.example']);
  });

  it('added or taken off while an event is told changes the next one only', () => {
    const { bus } = start();
    const heard: string[] = [];
    const off = bus.on('peer.learned', () => {
      heard.push('first');
      off();
      bus.on('peer.learned', () => void heard.push('late'));
    });
    bus.on('peer.learned', () => void heard.push('second'));
    bus.emit('peer.learned', A);
    expect(heard).toEqual(['first', 'second']);
    bus.emit('peer.learned', A);
    expect(heard).toEqual(['first', 'second', 'second', 'late']);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      (): void => {
        throw new Error('broken');
      },
    ],
    ['rejects', (): Promise<void> => Promise.reject(new Error('broken'))],
  ])('that %s is logged and breaks neither the emitter nor the others', async (_, broken) => {
    const { bus, logger } = start();
    const heard: string[] = [];
    bus.on('peer.learned', broken);
    bus.on('peer.learned', ({ serverId }) => void heard.push(serverId));
    bus.emit('peer.learned', A);
    await Promise.resolve();
    expect(heard).toEqual(['a.example']);
    expect(logger.entries).toMatchObject([
      { level: 'error', fields: { event: 'peer.learned', error: { message: 'broken' } } },
    ]);
  });
});

describe('waiting for an event once', () => {
  it('gives the first that fits and then stops listening', async () => {
    const { bus } = start();
    let asked = 0;
    const waiting = bus.once('peer.learned', ({ serverId }) => {
      asked += 1;
      return serverId === 'b.example';
    });
    for (const peer of [A, B, B]) bus.emit('peer.learned', peer);
    await expect(waiting).resolves.toBe(B);
    expect(asked).toBe(2);
  });

  it('takes any event where no predicate is given', async () => {
    const { bus } = start();
    const waiting = bus.once('peer.learned');
    bus.emit('peer.learned', A);
    await expect(waiting).resolves.toBe(A);
  });

  it('ends with the reason of its signal, before or while it waits', async () => {
    const { bus } = start();
    const reason = new Error('shutting down');
    const controller = new AbortController();
    let asked = 0;
    const waiting = bus.once('peer.learned', () => ++asked > 0, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(bus.once('peer.learned', undefined, controller.signal)).rejects.toBe(reason);
    bus.emit('peer.learned', A);
    expect(asked).toBe(0);
  });

  it('ends with what its predicate throws', async () => {
    const { bus, logger } = start();
    const waiting = bus.once('peer.learned', () => {
      throw new Error('broken');
    });
    bus.emit('peer.learned', A);
    await expect(waiting).rejects.toThrow('broken');
    expect(logger.entries).toEqual([]);
  });
});

describe('the log of events', () => {
  const round = { sent: 3, failed: 0 };

  it.each<[string, keyof DomainEvents, DomainEvents[keyof DomainEvents]]>([
    ['info', 'peer.learned', A],
    ['info', 'peer.changed', { ...A, change: 'rotated' }],
    ['debug', 'peer.refused', { serverId: 'a.example', code: 'signature_invalid' }],
    ['debug', 'peer.refused', { serverId: 'a.example', code: 'announcement_expired' }],
    ['warn', 'peer.refused', { serverId: 'a.example', code: 'name_taken' }],
    ['warn', 'peer.refused', { serverId: 'a.example', code: 'key_mismatch' }],
    ['warn', 'peer.revoked', { ...A, reason: 'stolen' }],
    ['info', 'neighbor.added', A],
    ['info', 'neighbor.removed', A],
    ['debug', 'round.finished', round],
    ['info', 'round.finished', { ...round, failed: 1 }],
    ['warn', 'identity.changed', { ...A, change: 'rotated' }],
  ])('tells at %s of %s %o', (level, event, payload) => {
    const { bus, logger } = start();
    logEvents(bus, logger, new ManualClock());
    bus.emit(event, payload);
    expect(logger.entries).toEqual([
      { level, message: expect.any(String) as string, fields: { component: 'events', event, ...payload } },
    ]);
  });

  it('stops when told to', () => {
    const { bus, logger } = start();
    logEvents(bus, logger, new ManualClock())();
    bus.emit('peer.learned', A);
    expect(logger.entries).toEqual([]);
  });
});
