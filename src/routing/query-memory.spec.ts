import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { QUERY_MEMORY_MS, QUERY_MEMORY_SIZE } from '../protocol/limits.js';
import { QueryMemory } from './query-memory.js';

describe('the memory of queries', () => {
  it('notes each query once, whoever sends it again', () => {
    const memory = new QueryMemory(new ManualClock());
    expect(memory.note('q1', true)).toBe(true);
    expect(memory.isNew('q1')).toBe(false);
    expect(memory.note('q1', false)).toBe(false);
    expect(memory.note('q2', false)).toBe(true);
    expect(memory.note('q2', true)).toBe(false);
  });

  it('forgets a query after five minutes', async () => {
    const clock = new ManualClock();
    const memory = new QueryMemory(clock);
    memory.note('q', true);
    await clock.advance(QUERY_MEMORY_MS);
    expect(memory.isNew('q')).toBe(false);
    await clock.advance(1);
    expect(memory.isNew('q')).toBe(true);
  });

  it('keeps the queries of proven askers, however many strangers ask', () => {
    const memory = new QueryMemory(new ManualClock());
    memory.note('proven', true);
    memory.note('unproven', false);
    for (let i = 0; i < QUERY_MEMORY_SIZE; i += 1) memory.note(`stranger ${i}`, false);
    expect(memory.isNew('proven')).toBe(false);
    expect(memory.isNew('unproven')).toBe(true);
  });
});
