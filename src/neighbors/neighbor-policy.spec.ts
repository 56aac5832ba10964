import { describe, expect, it } from 'vitest';
import { planNeighbors, saturation } from './neighbor-policy.js';

const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const never = { replaceDraw: 0.99, leaverDraw: 0 };

describe('whom to gossip with', () => {
  it.each([
    ['nobody, while nobody is known', { current: [], candidates: [], ...never }, { add: [], drop: [] }],
    [
      'everyone, while there is room',
      { current: ['a'], candidates: ['b', 'c'], ...never },
      { add: ['b', 'c'], drop: [] },
    ],
    [
      'at most eight',
      { current: eight.slice(0, 7), candidates: ['x', 'y'], ...never },
      { add: ['x'], drop: [] },
    ],
    [
      'the same, four times in five, when full',
      { current: eight, candidates: ['x'], replaceDraw: 0.2, leaverDraw: 0 },
      { add: [], drop: [] },
    ],
    [
      'one other, one time in five',
      { current: eight, candidates: ['x', 'y'], replaceDraw: 0.19, leaverDraw: 0.99 },
      { add: ['x'], drop: ['h'] },
    ],
    [
      'nobody leaves where nobody comes',
      { current: eight, candidates: [], replaceDraw: 0, leaverDraw: 0 },
      { add: [], drop: [] },
    ],
  ])('%s', (_sentence, facts, plan) => {
    expect(planNeighbors(facts)).toEqual(plan);
  });
});

describe('saturation', () => {
  it.each([
    [0, 0, 0, 0],
    [5, 5, 5, 0.7 * 0.5 + 0.3],
    [10, 50, 25, 0.7 + 0.15],
    [8, 100, 0, 0.7 * 0.4],
  ])(
    'of %d neighbours and %d peers, %d seen within the hour, is %d',
    (neighbors, peers, recent, expected) => {
      expect(saturation(neighbors, peers, recent)).toBeCloseTo(expected);
    },
  );
});
