import { DAY_MS } from '../protocol/durations.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';

/** Those that stay for as long as they answer: pinned, else longest known (wire protocol 2.6). */
const ANCHORS = 2;
/** Places for peers at random, and for those that chose us. */
const RANDOM_NEIGHBORS = 5;
/** Replaced every gossip round: it tries out one more peer, and mixes the network. */
const FEELERS = 1;
/** At least so many are chosen by this server itself, so that those who ask cannot surround it. */
export const CHOSEN_BY_US = 4;
export const MAX_CHOSEN_BY_THEM = MAX_NEIGHBORS - CHOSEN_BY_US;
/**
 * With fewer a server is in need, and takes whom it gets: those of a large network would otherwise find nobody, and one
 * with four neighbours is cut off by a fifth of the servers dying in 1 of 600 cases, one with six in 1 of 15,000.
 */
export const ENOUGH_NEIGHBORS = 6;
/** Whoever is in need looks for more this often, instead of at the next gossip round. */
export const SEEK_INTERVAL_MS = 30_000;
/** A full server makes room for one in need this often; a gossip round. */
export const YIELD_INTERVAL_MS = 10 * 60_000;
/** Servers asked in a row before one waits for the next look. */
export const ASKS = 12;
/** Looked at to see whether others are to be had (`areOthersToBeHad`). */
export const OTHERS_SAMPLED = 8;
/** Drawn from the directory for one free place; and at most. */
const SAMPLE_PER_PLACE = 6;
const MOST_SAMPLED = 24;

export type Role = 'anchor' | 'random' | 'feeler';

/** A peer that may be a neighbour: neither blocked nor revoked, and not down. */
export interface Candidate<Id> {
  readonly id: Id;
  /** Its /16 or /32 (`neighborNetwork`) and its `registrableDomain`; null where there is none. */
  readonly network: string | null;
  readonly domain: string | null;
  /** Named by the operator. */
  readonly isPinned: boolean;
  /** It has answered us. Only the feeler may be one that has not. */
  readonly isProven: boolean;
  /** When this server first heard of it (epoch milliseconds). */
  readonly knownSinceMs: number;
}

export interface Neighbor<Id> extends Candidate<Id> {
  readonly role: Role;
  readonly chosenBy: 'us' | 'them';
}

export interface ChoiceFacts<Id> {
  readonly neighbors: readonly Neighbor<Id>[];
  /** In random order; those that said that they are full are left out. */
  readonly candidates: readonly Candidate<Id>[];
  /** In [0, 1). */
  readonly draw: number;
  readonly nowMs: number;
}

export interface Choice<Id> {
  readonly id: Id;
  readonly role: Role;
}

/** Of a directory. */
export interface Sampled {
  readonly atRandom: number;
  readonly longestKnown: number;
}

/** How many to draw for so many free places. A third are drawn among those known for longest: they make the anchors. */
export function sampleFor(places: number): Sampled {
  const count = Math.min(MOST_SAMPLED, places * SAMPLE_PER_PLACE);
  const longestKnown = Math.floor(count / 3);
  return { atRandom: count - longestKnown, longestKnown };
}

/** Whom to ask next to be a neighbour, and as what (wire protocol 2.6); null while no place is free, or nobody fits. */
export function nextChoice<Id>({ neighbors, candidates, draw, nowMs }: ChoiceFacts<Id>): Choice<Id> | null {
  const taken = new Set(neighbors.map(({ id }) => id));
  const strangers = candidates.filter(({ id }) => !taken.has(id));
  for (const role of freeRoles(neighbors)) {
    const fit = strangers.filter(({ isProven }) => isProven || role === 'feeler');
    const others = fit.filter((candidate) => !isCrowding(candidate, neighbors));
    const pick =
      role === 'anchor'
        ? longestKnown(fit, others, nowMs)
        : ofRandomNetwork(others.length > 0 ? others : fit, draw);
    if (pick !== undefined) return { id: pick.id, role };
  }
  return null;
}

/** Places that are free, the most lasting first. */
function freeRoles<Id>(neighbors: readonly Neighbor<Id>[]): Role[] {
  if (neighbors.length >= MAX_NEIGHBORS) return [];
  const count = (role: Role): number => neighbors.filter((neighbor) => neighbor.role === role).length;
  const roles: Role[] = [];
  if (count('anchor') < ANCHORS) roles.push('anchor');
  if (count('random') < RANDOM_NEIGHBORS) roles.push('random');
  if (count('feeler') < FEELERS) roles.push('feeler');
  return roles;
}

/** Pinned before all, then those of other networks, then the longest known in whole days: all that came in one day are alike. */
function longestKnown<Id>(
  fit: readonly Candidate<Id>[],
  others: readonly Candidate<Id>[],
  nowMs: number,
): Candidate<Id> | undefined {
  const isOther = new Set(others);
  const days = ({ knownSinceMs }: Candidate<Id>): number => Math.floor((nowMs - knownSinceMs) / DAY_MS);
  const isBefore = (one: Candidate<Id>, best: Candidate<Id>): boolean => {
    if (one.isPinned !== best.isPinned) return one.isPinned;
    if (isOther.has(one) !== isOther.has(best)) return isOther.has(one);
    return days(one) > days(best);
  };
  let best: Candidate<Id> | undefined;
  for (const one of fit) if (best === undefined || isBefore(one, best)) best = one;
  return best;
}

/** First a network, then one in it: whoever puts a thousand servers into one network is drawn like one. */
function ofRandomNetwork<Id>(candidates: readonly Candidate<Id>[], draw: number): Candidate<Id> | undefined {
  const firsts = new Map<unknown, Candidate<Id>>();
  for (const candidate of candidates) {
    const group = candidate.network ?? candidate;
    if (!firsts.has(group)) firsts.set(group, candidate);
  }
  return [...firsts.values()][Math.floor(draw * firsts.size)];
}

/** Whether a neighbour is already in its network, or of its domain. */
export function isCrowding<Id>(candidate: Candidate<Id>, neighbors: readonly Candidate<Id>[]): boolean {
  return neighbors.some(
    ({ id, network, domain }) =>
      id !== candidate.id &&
      ((network !== null && network === candidate.network) ||
        (domain !== null && domain === candidate.domain)),
  );
}

/** Whether it would crowd a server that has neighbours enough to choose among. */
export function wouldCrowd<Id>(candidate: Candidate<Id>, neighbors: readonly Candidate<Id>[]): boolean {
  return neighbors.length >= ENOUGH_NEIGHBORS && isCrowding(candidate, neighbors);
}

/** A neighbour that leaves because others, of other networks, are to be had: of those that we chose, the latest known. */
export function crowdedOut<Id>({
  neighbors,
  candidates,
}: Pick<ChoiceFacts<Id>, 'neighbors' | 'candidates'>): Neighbor<Id> | null {
  if (!areOthersToBeHad(neighbors, candidates)) return null;
  const crowded = neighbors.filter(
    (neighbor) => neighbor.chosenBy === 'us' && !neighbor.isPinned && isCrowding(neighbor, neighbors),
  );
  return latestKnown(crowded);
}

/** Whether somebody is known who is neither a neighbour nor in a neighbour's network. */
export function areOthersToBeHad<Id>(
  neighbors: readonly Neighbor<Id>[],
  candidates: readonly Candidate<Id>[],
): boolean {
  const taken = new Set(neighbors.map(({ id }) => id));
  return candidates.some(
    (candidate) => candidate.isProven && !taken.has(candidate.id) && !isCrowding(candidate, neighbors),
  );
}

/** At each gossip round: a feeler stays where a place for it is free, and makes room for the next one otherwise. */
export function decideFeeler<Id>(neighbors: readonly Neighbor<Id>[]): 'stays' | 'leaves' {
  const random = neighbors.filter(({ role }) => role === 'random').length;
  return random < RANDOM_NEIGHBORS ? 'stays' : 'leaves';
}

export function latestKnown<Id>(neighbors: readonly Neighbor<Id>[]): Neighbor<Id> | null {
  return neighbors.reduce<Neighbor<Id> | null>(
    (latest, one) => (latest === null || one.knownSinceMs > latest.knownSinceMs ? one : latest),
    null,
  );
}
