import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { NONCE_MEMORY_MS } from '../protocol/limits.js';
import { NonceMemory } from './nonce-memory.js';

const FORGOTTEN_MS = NONCE_MEMORY_MS + 1_000;
let clock: ManualClock;
beforeEach(() => void (clock = new ManualClock()));

/** By a caller that has proved where it is. */
const take = (memory: NonceMemory, caller: string, nonce: string): string => memory.take(caller, nonce, true);

const memoryFor = (perCaller: number, callers = 10, inAll = 100): NonceMemory =>
  new NonceMemory(clock, { perCaller, callers, inAll });

describe('a nonce', () => {
  it('is taken once of each caller', () => {
    const memory = memoryFor(10);
    expect(take(memory, 'ada', 'x')).toBe('taken');
    expect(take(memory, 'ada', 'x')).toBe('repeated');
    expect(take(memory, 'bob', 'x')).toBe('taken');
    expect(take(memory, 'ada', 'y')).toBe('taken');
  });

  it('is remembered for 10 minutes', async () => {
    const memory = memoryFor(10);
    take(memory, 'ada', 'x');
    await clock.advance(NONCE_MEMORY_MS);
    expect(take(memory, 'ada', 'x')).toBe('repeated');
    await clock.advance(1_000);
    expect(take(memory, 'ada', 'x')).toBe('taken');
    expect(take(memory, 'ada', 'x')).toBe('repeated');
  });

  it('is never given up for another one: a caller whose room is used up is refused, others are not', async () => {
    const memory = memoryFor(2);
    take(memory, 'ada', 'x');
    take(memory, 'ada', 'y');
    expect(take(memory, 'ada', 'z')).toBe('full');
    expect(take(memory, 'ada', 'x')).toBe('repeated');
    expect(take(memory, 'bob', 'z')).toBe('taken');
    await clock.advance(FORGOTTEN_MS);
    expect(take(memory, 'ada', 'z')).toBe('taken');
  });

  it('of one caller more than there is room for is refused, until another has been silent for long enough', async () => {
    const memory = memoryFor(10, 2);
    take(memory, 'ada', 'x');
    await clock.advance(FORGOTTEN_MS / 2);
    take(memory, 'bob', 'x');
    expect(take(memory, 'cyd', 'x')).toBe('full');
    expect(take(memory, 'ada', 'y')).toBe('taken');
    await clock.advance(FORGOTTEN_MS / 2);
    expect(take(memory, 'cyd', 'x')).toBe('full');
    await clock.advance(FORGOTTEN_MS / 2);
    expect(take(memory, 'cyd', 'x')).toBe('taken');
  });

  it('of anybody is refused where there is no room in all, and room is what has become old', async () => {
    const memory = memoryFor(10, 10, 3);
    for (const nonce of ['x', 'y', 'z']) take(memory, 'ada', nonce);
    expect(take(memory, 'bob', 'x')).toBe('full');
    expect(memory.size).toBe(3);
    await clock.advance(FORGOTTEN_MS);
    expect(take(memory, 'bob', 'x')).toBe('taken');
    expect(memory.size).toBe(1);
  });

  it('of one caller more that has yet to prove where it is is refused where such callers have half of the room', () => {
    const memory = memoryFor(10, 4);
    expect(['m1', 'm2', 'm3'].map((caller) => memory.take(caller, 'x', false))).toEqual([
      'taken',
      'taken',
      'full',
    ]);
    expect(take(memory, 'ada', 'x')).toBe('taken');
    expect(take(memory, 'bob', 'x')).toBe('taken');
    expect(take(memory, 'cyd', 'x')).toBe('full');
  });

  it('of such a caller is refused where they have half of what there is room for in all', () => {
    const memory = memoryFor(10, 10, 4);
    expect(['x', 'y', 'z'].map((nonce) => memory.take('m1', nonce, false))).toEqual([
      'taken',
      'taken',
      'full',
    ]);
    expect(['x', 'y', 'z'].map((nonce) => take(memory, 'ada', nonce))).toEqual(['taken', 'taken', 'full']);
  });

  it('that was taken before its caller proved where it is cannot be repeated after it', () => {
    const memory = memoryFor(10);
    expect(memory.take('ada', 'x', false)).toBe('taken');
    expect(take(memory, 'ada', 'x')).toBe('repeated');
  });
});

describe('a memory whose clock is set back', () => {
  const HOURS_MS = 3 * 3_600_000;

  it('begins where the clock is by then, and not at a time that is still to come', async () => {
    const memory = memoryFor(10);
    const began = memory.beganAt;
    clock.step(-HOURS_MS);
    expect(memory.beganAt).toBe(began - HOURS_MS);
    await clock.advance(1_000);
    expect(memory.beganAt).toBe(began - HOURS_MS);
  });

  it('began when it did, where that is still past', async () => {
    const memory = memoryFor(10);
    const began = memory.beganAt;
    await clock.advance(2 * HOURS_MS);
    clock.step(-HOURS_MS);
    expect(memory.beganAt).toBe(began);
  });

  it('forgets nothing for that, and after 10 minutes all the same', async () => {
    const memory = memoryFor(1);
    take(memory, 'ada', 'x');
    clock.step(-HOURS_MS);
    expect(take(memory, 'ada', 'x')).toBe('repeated');
    await clock.advance(FORGOTTEN_MS);
    expect(take(memory, 'ada', 'y')).toBe('taken');
  });
});
