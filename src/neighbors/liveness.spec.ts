import { describe, expect, it } from 'vitest';
import {
  chooseHelpers,
  healthMultiplier,
  isProbeDue,
  localHealth,
  mayAccuse,
  preferringUp,
} from './liveness.js';

describe('after a probe a server thinks of itself', () => {
  it.each([
    ['no worse when it was answered', 0, { reached: true, helpersAsked: 0, helpersAnswered: 0 }, 0],
    ['better when it was answered', 3, { reached: true, helpersAsked: 0, helpersAnswered: 0 }, 2],
    [
      'no worse when all who were to help answered',
      2,
      { reached: false, helpersAsked: 3, helpersAnswered: 3 },
      2,
    ],
    ['worse by one when some did not', 2, { reached: false, helpersAsked: 3, helpersAnswered: 1 }, 3],
    [
      'worse by one when nobody could be asked',
      0,
      { reached: false, helpersAsked: 0, helpersAnswered: 0 },
      1,
    ],
    ['never worse than 8', 8, { reached: false, helpersAsked: 3, helpersAnswered: 0 }, 8],
  ])('%s', (_sentence, score, outcome, expected) => {
    expect(localHealth(score, outcome)).toBe(expected);
  });
});

it.each([
  [0, 1],
  [8, 9],
])('at a local health of %d it waits %d times as long', (score, times) => {
  expect(healthMultiplier(score)).toBe(times);
});

it.each([
  [0, true],
  [2, true],
  [3, false],
  [8, false],
])('at a local health of %d it holds silence against others: %s', (score, expected) => {
  expect(mayAccuse(score)).toBe(expected);
});

describe('a neighbour is probed', () => {
  const facts = {
    heardAtMs: null,
    probedAtMs: null,
    intervalMs: 60_000,
    localHealth: 0,
    isSuspect: false,
    nowMs: 100_000,
  };

  it.each([
    ['when it was never heard', {}, true],
    ['when it was silent for an interval', { heardAtMs: 40_000 }, true],
    ['not when it was heard meanwhile', { heardAtMs: 40_001 }, false],
    ['not when it was probed meanwhile', { heardAtMs: 1, probedAtMs: 40_001 }, false],
    ['later by a server that is unwell', { heardAtMs: 40_000, localHealth: 1 }, false],
    ['no later when it is suspect', { heardAtMs: 40_000, localHealth: 8, isSuspect: true }, true],
    ['when the clock was set back', { heardAtMs: 100_001 }, true],
  ])('%s', (_sentence, changes, expected) => {
    expect(isProbeDue({ ...facts, ...changes })).toBe(expected);
  });
});

describe('to look for a silent neighbour', () => {
  it.each([
    ['three others are asked', ['a', 'b', 'c', 'd', 'e'], ['a', 'c', 'd']],
    ['all are, where they are fewer', ['b', 'c'], ['c']],
    ['nobody is, where it is the only one', ['b'], []],
  ])('%s', (_sentence, up, helpers) => {
    expect(chooseHelpers(up, 'b')).toEqual(helpers);
  });
});

it('those that are up are asked before suspects, and those that are down last, each in the order given', () => {
  const states: Readonly<Record<string, 'up' | 'suspect' | 'down'>> = {
    a: 'down',
    b: 'suspect',
    d: 'up',
    e: 'down',
  };
  const sightingOf = (id: string) => (states[id] === undefined ? null : { state: states[id] });
  expect(preferringUp(['a', 'b', 'legacy', 'd', 'e'], sightingOf)).toEqual(['legacy', 'd', 'b', 'a', 'e']);
});
