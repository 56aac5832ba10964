import { expect, it } from 'vitest';
import { HOUR_MS } from '../protocol/durations.js';
import { ManualClock } from './manual-clock.js';
import { shortMemory } from './short-memory.js';

it.each([
  ['stands', 0],
  ['is set back', -3 * HOUR_MS],
  ['is set ahead', 3 * HOUR_MS],
])(
  'what is remembered for an hour is forgotten after it, though the clock %s meanwhile',
  async (_title, byMs) => {
    const clock = new ManualClock();
    const memory = shortMemory<string, true>(clock, 2, HOUR_MS);
    memory.set('a', true);
    clock.step(byMs);
    await clock.advance(HOUR_MS);
    expect(memory.has('a')).toBe(true);
    await clock.advance(1);
    expect(memory.has('a')).toBe(false);
  },
);

it('the key that was not asked for longest goes first', () => {
  const memory = shortMemory<string, true>(new ManualClock(), 2, HOUR_MS);
  for (const key of ['a', 'b', 'c']) memory.set(key, true);
  expect([...memory.keys()].sort()).toEqual(['b', 'c']);
});
