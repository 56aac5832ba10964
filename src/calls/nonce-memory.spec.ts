import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { NONCE_MEMORY_MS } from '../protocol/limits.js';
import { NonceMemory } from './nonce-memory.js';

const FORGOTTEN_MS = NONCE_MEMORY_MS + 1_000;
let clock: ManualClock;
beforeEach(() => void (clock = new ManualClock()));

const memoryFor = (perCaller: number, callers = 10, inAll = 100): NonceMemory =>
  new NonceMemory(clock, { perCaller, callers, inAll });

describe('a nonce', () => {
  it('is taken once of each caller', () => {
    const memory = memoryFor(10);
    expect(memory.take('ada', 'x')).toBe('taken');
    expect(memory.take('ada', 'x')).toBe('repeated');
    expect(memory.take('bob', 'x')).toBe('taken');
    expect(memory.take('ada', 'y')).toBe('taken');
  });

  it('is remembered for 10 minutes', async () => {
    const memory = memoryFor(10);
    memory.take('ada', 'x');
    await clock.advance(NONCE_MEMORY_MS);
    expect(memory.take('ada', 'x')).toBe('repeated');
    await clock.advance(1_000);
    expect(memory.take('ada', 'x')).toBe('taken');
    expect(memory.take('ada', 'x')).toBe('repeated');
  });

  it('is never given up for another one: a caller whose room is used up is refused, others are not', async () => {
    const memory = memoryFor(2);
    memory.take('ada', 'x');
    memory.take('ada', 'y');
    expect(memory.take('ada', 'z')).toBe('full');
    expect(memory.take('ada', 'x')).toBe('repeated');
    expect(memory.take('bob', 'z')).toBe('taken');
    await clock.advance(FORGOTTEN_MS);
    expect(memory.take('ada', 'z')).toBe('taken');
  });

  it('of one caller more than there is room for is refused, until another has been silent for long enough', async () => {
    const memory = memoryFor(10, 2);
    memory.take('ada', 'x');
    await clock.advance(FORGOTTEN_MS / 2);
    memory.take('bob', 'x');
    expect(memory.take('cyd', 'x')).toBe('full');
    expect(memory.take('ada', 'y')).toBe('taken');
    await clock.advance(FORGOTTEN_MS / 2);
    expect(memory.take('cyd', 'x')).toBe('full');
    await clock.advance(FORGOTTEN_MS / 2);
    expect(memory.take('cyd', 'x')).toBe('taken');
  });

  it('of anybody is refused where there is no room in all, and room is what has become old', async () => {
    const memory = memoryFor(10, 10, 3);
    for (const nonce of ['x', 'y', 'z']) memory.take('ada', nonce);
    expect(memory.take('bob', 'x')).toBe('full');
    expect(memory.size).toBe(3);
    await clock.advance(FORGOTTEN_MS);
    expect(memory.take('bob', 'x')).toBe('taken');
    expect(memory.size).toBe(1);
  });
});
