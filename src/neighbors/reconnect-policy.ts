/** A server renews its record daily; who was not heard of for longer is lost to us, or we are to it. */
export const LOST_AFTER_MS = 36 * 3_600_000;

/** Looked at for one that is lost: of those that are down, and of the directory. */
export const LOST_SAMPLE = 8;

export interface LostCandidate<Id> {
  readonly id: Id;
  /** As wire protocol 2.6 has it. */
  readonly isDown: boolean;
  /** When it was last heard of, from itself or in a record (epoch milliseconds). */
  readonly lastSeenMs: number;
}

/**
 * Who is tried at a gossip round of those that are lost, given in random order; null where nobody is. Without it two
 * halves of a network that were parted for days would never meet again: neither has a neighbour in the other.
 */
export function chooseLost<Id>(candidates: readonly LostCandidate<Id>[], nowMs: number): Id | null {
  const lost = candidates.find(({ isDown, lastSeenMs }) => isDown || nowMs - lastSeenMs > LOST_AFTER_MS);
  return lost?.id ?? null;
}
