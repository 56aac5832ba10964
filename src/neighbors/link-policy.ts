import { MAX_NEIGHBORS } from '../protocol/limits.js';
import {
  CHOSEN_BY_US,
  latestKnown,
  MAX_CHOSEN_BY_THEM,
  wouldCrowd,
  YIELD_INTERVAL_MS,
  type Candidate,
  type Neighbor,
} from './neighbor-choice.js';

/** A server must have been known this many times longer than a neighbour to take its place. */
const SENIORITY = 2;

export interface LinkFacts<Id> {
  readonly neighbors: readonly Neighbor<Id>[];
  /** Who asks to be our neighbour. The asking itself has proved it. */
  readonly caller: Candidate<Id>;
  /** It wants us for a gossip round only. */
  readonly isFeeler: boolean;
  /** By its own word it has fewer than `ENOUGH_NEIGHBORS`. */
  readonly isInNeed: boolean;
  /** See `areOthersToBeHad`. */
  readonly othersToBeHad: boolean;
  /** When a neighbour last gave way to one in need; null where none did. */
  readonly yieldedAtMs: number | null;
  readonly nowMs: number;
}

export type LinkDecision<Id> =
  | {
      readonly type: 'accept';
      /** Who has to leave for it. */
      readonly replaces: Id | null;
      /** The caller's need was the reason: the next in need has to wait. */
      readonly yielded: boolean;
    }
  /** The answer to a server that has to look for another neighbour. */
  | { readonly type: 'full' };

/**
 * Whether a caller becomes our neighbour (wire protocol 2.6). At most four of the eight are such. When these places are
 * full, one that we have known for much longer takes that of the latest known, so that whoever comes with a thousand
 * new servers gains no place that an old one wants; and once a gossip round one in need does, or newcomers would find
 * none in a network that is complete.
 */
export function decideLink<Id>(facts: LinkFacts<Id>): LinkDecision<Id> {
  const { neighbors, caller, isFeeler, isInNeed, othersToBeHad, yieldedAtMs, nowMs } = facts;
  const accept = (replaces: Id | null, yielded: boolean): LinkDecision<Id> => ({
    type: 'accept',
    replaces,
    yielded,
  });
  if (neighbors.some(({ id }) => id === caller.id)) return accept(null, false);
  const isUnwelcome = othersToBeHad && wouldCrowd(caller, neighbors);
  const accepted = neighbors.filter(({ chosenBy }) => chosenBy === 'them');
  const isRoom = neighbors.length < MAX_NEIGHBORS && accepted.length < MAX_CHOSEN_BY_THEM;
  if (isRoom && !isUnwelcome) return accept(null, false);
  const latest = latestKnown(isFeeler ? [] : replaceable(neighbors, accepted));
  if (latest === null) return { type: 'full' };
  const isSenior = nowMs - caller.knownSinceMs > SENIORITY * (nowMs - latest.knownSinceMs);
  if (isSenior && !isUnwelcome) return accept(latest.id, false);
  const mayYield = yieldedAtMs === null || nowMs >= yieldedAtMs + YIELD_INTERVAL_MS || nowMs < yieldedAtMs;
  return isInNeed && mayYield ? accept(latest.id, true) : { type: 'full' };
}

/** Those that chose us; where these are fewer than four, also those at random beyond the four that we keep. */
function replaceable<Id>(
  neighbors: readonly Neighbor<Id>[],
  accepted: readonly Neighbor<Id>[],
): readonly Neighbor<Id>[] {
  if (accepted.length >= MAX_CHOSEN_BY_THEM || neighbors.length - accepted.length <= CHOSEN_BY_US)
    return accepted;
  return neighbors.filter(({ role, isPinned }) => role === 'random' && !isPinned);
}
