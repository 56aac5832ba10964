import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../protocol/durations.js';
import {
  areOthersToBeHad,
  crowdedOut,
  decideFeeler,
  nextChoice,
  sampleFor,
  type Candidate,
  type Neighbor,
} from './neighbor-choice.js';

const NOW_MS = 1_000 * DAY_MS;

/** Each of its own network and domain, known for a day. */
function peer(id: string, changes: Partial<Candidate<string>> = {}): Candidate<string> {
  return {
    id,
    network: `network of ${id}`,
    domain: `domain of ${id}`,
    isPinned: false,
    isProven: true,
    knownSinceMs: NOW_MS - DAY_MS,
    ...changes,
  };
}

function neighbor(id: string, changes: Partial<Neighbor<string>> = {}): Neighbor<string> {
  return { ...peer(id), role: 'random', chosenBy: 'us', ...changes };
}

const knownFor = (days: number): Partial<Candidate<string>> => ({ knownSinceMs: NOW_MS - days * DAY_MS });
const anchors = ['a1', 'a2'].map((id) => neighbor(id, { role: 'anchor' }));
const randoms = ['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => neighbor(id));
const feeler = neighbor('f', { role: 'feeler' });
const choose = (
  neighbors: readonly Neighbor<string>[],
  candidates: readonly Candidate<string>[],
  draw = 0,
): ReturnType<typeof nextChoice<string>> => nextChoice({ neighbors, candidates, draw, nowMs: NOW_MS });

it.each([
  [1, { atRandom: 4, longestKnown: 2 }],
  [3, { atRandom: 12, longestKnown: 6 }],
  [8, { atRandom: 16, longestKnown: 8 }],
])('for %d free places so many are drawn: %j', (places, sampled) => {
  expect(sampleFor(places)).toEqual(sampled);
});

describe('the next neighbour', () => {
  it.each<[string, Neighbor<string>[], Candidate<string>[], ReturnType<typeof choose>]>([
    ['is nobody, while nobody is known', [], [], null],
    ['is an anchor first', [], [peer('x')], { id: 'x', role: 'anchor' }],
    ['is one at random when both anchors are there', anchors, [peer('x')], { id: 'x', role: 'random' }],
    [
      'is a feeler when the five at random are there',
      [...anchors, ...randoms],
      [peer('x')],
      { id: 'x', role: 'feeler' },
    ],
    ['is nobody when all eight are there', [...anchors, ...randoms, feeler], [peer('x')], null],
    ['is nobody twice', anchors, [peer('a1')], null],
    [
      'is nobody unproven, but as a feeler',
      [],
      [peer('x', { isProven: false })],
      { id: 'x', role: 'feeler' },
    ],
    [
      'as an anchor, is who has been known longest',
      [],
      [peer('x', knownFor(3)), peer('y', knownFor(9)), peer('z', knownFor(5))],
      { id: 'y', role: 'anchor' },
    ],
    [
      'as an anchor, is the first drawn of those known for as many days',
      [],
      [peer('x', knownFor(3.2)), peer('y', knownFor(3.9))],
      { id: 'x', role: 'anchor' },
    ],
    [
      'as an anchor, is a pinned one before all',
      [],
      [peer('x', knownFor(900)), peer('y', { isPinned: true })],
      { id: 'y', role: 'anchor' },
    ],
    [
      'as an anchor, is of another network before it is of old acquaintance',
      [neighbor('a1', { role: 'anchor', network: 'one' })],
      [peer('x', { ...knownFor(900), network: 'one' }), peer('y')],
      { id: 'y', role: 'anchor' },
    ],
    [
      'is of a network that no neighbour is of',
      [...anchors, neighbor('r1', { network: 'one' })],
      [peer('x', { network: 'one' }), peer('y')],
      { id: 'y', role: 'random' },
    ],
    [
      'is of a domain that no neighbour is of',
      [...anchors, neighbor('r1', { domain: 'one' })],
      [peer('x', { domain: 'one' }), peer('y')],
      { id: 'y', role: 'random' },
    ],
    [
      'is of a neighbour’s network where there are no others',
      [...anchors, neighbor('r1', { network: 'one' })],
      [peer('x', { network: 'one' })],
      { id: 'x', role: 'random' },
    ],
    [
      'may lack network and domain, like a neighbour',
      [...anchors, neighbor('r1', { network: null, domain: null })],
      [peer('x', { network: null, domain: null })],
      { id: 'x', role: 'random' },
    ],
    [
      'takes one of the five places at random, if those who chose us left one',
      [...anchors, ...randoms.slice(0, 4).map((one) => ({ ...one, chosenBy: 'them' as const })), feeler],
      [peer('x')],
      { id: 'x', role: 'random' },
    ],
  ])('%s', (_sentence, neighbors, candidates, expected) => {
    expect(choose(neighbors, candidates)).toEqual(expected);
  });

  it('at random is of a random network, however many servers are in one', () => {
    const crowd = Array.from({ length: 98 }, (_, place) => peer(`x${place}`, { network: 'crowd' }));
    const candidates = [...crowd, peer('y'), peer('z')];
    const draws = [0, 0.32, 0.34, 0.65, 0.67, 0.99].map((draw) => choose(anchors, candidates, draw)!.id);
    expect(draws).toEqual(['x0', 'x0', 'y', 'y', 'z', 'z']);
  });
});

describe('a server that has two neighbours in one network', () => {
  const crowd = [
    neighbor('old', { network: 'one', ...knownFor(9) }),
    neighbor('new', { network: 'one' }),
    neighbor('x'),
  ];

  it.each<[string, Neighbor<string>[], Candidate<string>[], string | null]>([
    ['lets the latest known go when others are to be had', crowd, [peer('y')], 'new'],
    ['keeps both while others are not', crowd, [peer('y', { network: 'one' })], null],
    ['keeps both while others have not answered', crowd, [peer('y', { isProven: false })], null],
    ['keeps a pinned one', crowd.map((one) => ({ ...one, isPinned: one.id === 'new' })), [peer('y')], 'old'],
    [
      'lets none go that chose us',
      crowd.map((one) => ({ ...one, chosenBy: 'them' as const })),
      [peer('y')],
      null,
    ],
  ])('%s', (_sentence, neighbors, candidates, expected) => {
    expect(crowdedOut({ neighbors, candidates })?.id ?? null).toBe(expected);
  });

  it('has none to let go who are not crowded', () => {
    expect(crowdedOut({ neighbors: randoms, candidates: [peer('y')] })).toBeNull();
  });
});

it.each([
  ['a peer of another network is', [peer('x')], true],
  ['a neighbour is not', [peer('r1')], false],
  ['one of a neighbour’s network is not', [peer('x', { network: 'network of r1' })], false],
])('among others that are to be had, %s', (_sentence, candidates, expected) => {
  expect(areOthersToBeHad(randoms, candidates)).toBe(expected);
});

it.each([
  ['stays where a place is free', [...anchors, ...randoms.slice(1), feeler], 'stays'],
  ['leaves where none is', [...anchors, ...randoms, feeler], 'leaves'],
])('a feeler %s', (_sentence, neighbors, expected) => {
  expect(decideFeeler(neighbors)).toBe(expected);
});
