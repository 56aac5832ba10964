import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../protocol/durations.js';
import { decideLink, type LinkDecision, type LinkFacts } from './link-policy.js';
import type { Candidate, Neighbor } from './neighbor-choice.js';

const NOW_MS = 1_000 * DAY_MS;

function peer(id: string, days: number): Candidate<string> {
  return {
    id,
    network: `network of ${id}`,
    domain: null,
    isPinned: false,
    isProven: true,
    knownSinceMs: NOW_MS - days * DAY_MS,
  };
}

const ours = (count: number): Neighbor<string>[] =>
  Array.from({ length: count }, (_, place) => ({
    ...peer(`ours${place}`, 100 + place),
    role: place < 2 ? 'anchor' : place === 2 ? 'feeler' : 'random',
    chosenBy: 'us',
  }));
const theirs = (count: number): Neighbor<string>[] =>
  Array.from({ length: count }, (_, place) => ({
    ...peer(`theirs${place}`, 10 + place),
    role: 'random',
    chosenBy: 'them',
  }));

const caller = (changes: Partial<LinkFacts<string>> = {}): Partial<LinkFacts<string>> => ({
  caller: peer('caller', 1),
  ...changes,
});
const accepted = (replaces: string | null = null, yielded = false): LinkDecision<string> => ({
  type: 'accept',
  replaces,
  yielded,
});
const FULL = { type: 'full' };
const inNeed = caller({ isInNeed: true });

describe('a server that asks to be a neighbour', () => {
  it.each<[string, Neighbor<string>[], Partial<LinkFacts<string>>, unknown]>([
    ['is accepted while places are free', [], caller(), accepted()],
    ['is accepted as the eighth, and fourth that chose us', [...ours(4), ...theirs(3)], caller(), accepted()],
    ['hears that we are full, as the fifth that chose us', theirs(4), caller(), FULL],
    ['hears that we are full, as the ninth', [...ours(4), ...theirs(4)], caller(), FULL],
    [
      'is accepted again, though we are full',
      [...ours(4), ...theirs(4)],
      { caller: peer('theirs1', 1) },
      accepted(),
    ],
    [
      'takes the place of the latest known when we have known it for more than twice as long',
      [...ours(4), ...theirs(4)],
      { caller: peer('caller', 20.1) },
      accepted('theirs0'),
    ],
    [
      'takes nobody’s place when we have known it for twice as long',
      [...ours(4), ...theirs(4)],
      { caller: peer('caller', 20) },
      FULL,
    ],
    [
      'takes the place of one that we chose, where these are more than four',
      ours(8),
      { caller: peer('caller', 500) },
      accepted('ours3'),
    ],
    [
      'takes nobody’s place as a feeler',
      [...ours(4), ...theirs(4)],
      { caller: peer('caller', 500), isFeeler: true, isInNeed: true },
      FULL,
    ],
    [
      'in need takes the place of the latest known',
      [...ours(4), ...theirs(4)],
      inNeed,
      accepted('theirs0', true),
    ],
    [
      'in need does not, within ten minutes of the last',
      [...ours(4), ...theirs(4)],
      { ...inNeed, yieldedAtMs: NOW_MS - 10 * MINUTE_MS + 1 },
      FULL,
    ],
    [
      'in need does again after ten minutes',
      [...ours(4), ...theirs(4)],
      { ...inNeed, yieldedAtMs: NOW_MS - 10 * MINUTE_MS },
      accepted('theirs0', true),
    ],
    [
      'is refused in a neighbour’s network, when we have six and others are to be had',
      ours(6),
      { caller: { ...peer('caller', 1), network: 'network of ours0' }, othersToBeHad: true },
      FULL,
    ],
    [
      'is refused there though we have known it for long',
      [...ours(4), ...theirs(4)],
      { caller: { ...peer('caller', 500), network: 'network of ours0' }, othersToBeHad: true },
      FULL,
    ],
    [
      'is accepted in a neighbour’s network, while we have fewer than six',
      ours(5),
      { caller: { ...peer('caller', 1), network: 'network of ours0' }, othersToBeHad: true },
      accepted(),
    ],
    [
      'is accepted in a neighbour’s network, when others are not to be had',
      ours(6),
      { caller: { ...peer('caller', 1), network: 'network of ours0' } },
      accepted(),
    ],
  ])('%s', (_sentence, neighbors, changes, decision) => {
    const facts = {
      neighbors,
      caller: peer('caller', 1),
      isFeeler: false,
      isInNeed: false,
      othersToBeHad: false,
      yieldedAtMs: null,
      nowMs: NOW_MS,
    };
    expect(decideLink({ ...facts, ...changes })).toEqual(decision);
  });

  it('never leaves us with fewer than four that we chose, whoever asks', () => {
    let neighbors = ours(8);
    for (let place = 0; place < 100; place += 1) {
      const asking = peer(`hostile${place}`, 900);
      const decision = decideLink({
        neighbors,
        caller: asking,
        isFeeler: false,
        isInNeed: true,
        othersToBeHad: false,
        yieldedAtMs: null,
        nowMs: NOW_MS,
      });
      if (decision.type === 'full') continue;
      neighbors = neighbors.filter(({ id }) => id !== decision.replaces);
      neighbors.push({ ...asking, role: 'random', chosenBy: 'them' });
      expect(neighbors.length).toBeLessThanOrEqual(8);
      expect(neighbors.filter(({ chosenBy }) => chosenBy === 'us').length).toBeGreaterThanOrEqual(4);
    }
    expect(neighbors.filter(({ chosenBy }) => chosenBy === 'them')).toHaveLength(4);
  });
});
