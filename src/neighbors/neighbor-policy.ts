import { MAX_NEIGHBORS, NEIGHBOR_REPLACEMENT_PROBABILITY } from '../protocol/limits.js';

export interface NeighborFacts {
  /** UUIDs of the neighbours that may stay. */
  readonly current: readonly string[];
  /** UUIDs of others that may become one, in random order. */
  readonly candidates: readonly string[];
  /** In [0, 1): whether a full list changes. */
  readonly replaceDraw: number;
  /** In [0, 1): who leaves it. */
  readonly leaverDraw: number;
}

export interface NeighborPlan {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/** Whom to gossip with from now on (wire protocol 1.6): fill what is free; of a full list, sometimes replace one. */
export function planNeighbors({ current, candidates, replaceDraw, leaverDraw }: NeighborFacts): NeighborPlan {
  const room = MAX_NEIGHBORS - current.length;
  if (room > 0) return { add: candidates.slice(0, room), drop: [] };
  const [newcomer] = candidates;
  if (newcomer === undefined || replaceDraw >= NEIGHBOR_REPLACEMENT_PROBABILITY) return { add: [], drop: [] };
  return { add: [newcomer], drop: [current[Math.floor(leaverDraw * current.length)]!] };
}

/** How well we are connected, from 0 to 1 (wire protocol 1.6). */
export function saturation(neighbors: number, peers: number, seenWithinTheHour: number): number {
  if (peers === 0) return 0;
  return 0.7 * Math.min(1, neighbors / Math.max(10, peers / 5)) + 0.3 * (seenWithinTheHour / peers);
}
