import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../protocol/durations.js';
import { expire, observe, suspicionTimeoutMs, UP, type Liveness, type Observation } from './suspicion.js';

const suspect = (...confirmedBy: string[]): Liveness<string> => ({
  state: 'suspect',
  sinceMs: 0,
  confirmedBy,
});
const down: Liveness<string> = { state: 'down', sinceMs: 5 };

it.each([
  [0, 15],
  [1, 9],
  [2, 15 - 12 * (Math.log(3) / Math.log(4))],
  [3, 3],
  [7, 3],
])('with %d confirmations a suspect has %d minutes', (confirmations, minutes) => {
  expect(suspicionTimeoutMs(confirmations)).toBeCloseTo(minutes * MINUTE_MS);
});

describe('a neighbour', () => {
  it.each<[string, Liveness<string>, Observation<string>, Liveness<string>]>([
    [
      'that answers no probe is suspect',
      UP,
      { type: 'silent' },
      { state: 'suspect', sinceMs: 7, confirmedBy: [] },
    ],
    ['that again answers none is suspect since the first', suspect('a'), { type: 'silent' }, suspect('a')],
    ['that is heard is up', suspect('a', 'b', 'c'), { type: 'heard' }, UP],
    ['that is heard is back up', down, { type: 'heard' }, UP],
    ['that is down stays so in silence', down, { type: 'silent' }, down],
    ['that another cannot reach is no suspect for that', UP, { type: 'confirmed', by: 'a' }, UP],
    [
      'under suspicion is confirmed by others',
      suspect('a'),
      { type: 'confirmed', by: 'b' },
      suspect('a', 'b'),
    ],
    ['is confirmed by each once', suspect('a'), { type: 'confirmed', by: 'a' }, suspect('a')],
    [
      'is confirmed by three at most',
      suspect('a', 'b', 'c'),
      { type: 'confirmed', by: 'd' },
      suspect('a', 'b', 'c'),
    ],
    [
      'that another reaches has the longest time again',
      suspect('a', 'b'),
      { type: 'vouched', by: 'c' },
      suspect(),
    ],
    ['that is down is not up for what another says', down, { type: 'vouched', by: 'c' }, down],
  ])('%s', (_sentence, before, observation, after) => {
    expect(observe(before, observation, 7)).toEqual(after);
  });

  it.each<[string, Liveness<string>, number, string]>([
    ['that is up never expires', UP, 1e9, 'up'],
    ['that nobody else has looked for is down after 15 minutes', suspect(), 15, 'down'],
    ['and not before', suspect(), 15 - 1e-6, 'suspect'],
    ['that three others do not reach is down after 3 minutes', suspect('a', 'b', 'c'), 3, 'down'],
    ['and not before', suspect('a', 'b', 'c'), 3 - 1e-6, 'suspect'],
  ])('%s', (_sentence, liveness, minutes, state) => {
    expect(expire(liveness, minutes * MINUTE_MS).state).toBe(state);
  });

  it('has its whole time again where the clock was set back', () => {
    const late: Liveness<string> = { state: 'suspect', sinceMs: 1e9, confirmedBy: ['a'] };
    const again = expire(late, 1e9 - 1);
    expect(again).toEqual({ ...late, sinceMs: 1e9 - 1 });
    expect(expire(again, 1e9 + 9 * MINUTE_MS - 2).state).toBe('suspect');
    expect(expire(again, 1e9 + 9 * MINUTE_MS - 1).state).toBe('down');
  });

  it('is never marked down by the word of others alone, however many', () => {
    let liveness: Liveness<string> = UP;
    for (const by of ['a', 'b', 'c', 'd', 'e']) liveness = observe(liveness, { type: 'confirmed', by }, 0);
    expect(expire(liveness, 1e12)).toBe(UP);
  });

  it('is not kept up by the word of others for longer than the longest time', () => {
    let liveness = observe<string>(UP, { type: 'silent' }, 0);
    for (let minute = 1; minute <= 15; minute += 1) {
      liveness = observe(liveness, { type: 'vouched', by: 'a' }, minute * MINUTE_MS);
      liveness = expire(liveness, minute * MINUTE_MS);
    }
    expect(liveness).toEqual({ state: 'down', sinceMs: 15 * MINUTE_MS });
  });
});
