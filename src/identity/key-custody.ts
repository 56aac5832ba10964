/** The public keys at hand when the daemon starts; null where there is none. */
export interface KeyFacts {
  /** The key of the identity row: the truth, since a rotation is decided by committing that row. */
  readonly onFile: string | null;
  /** The public half of the secret store's `private_key`. */
  readonly current: string | null;
  /** The public half of the secret store's `next_private_key`: a rotation that was under way. */
  readonly next: string | null;
}

export type KeyDecision =
  | { readonly type: 'create' }
  | { readonly type: 'adopt' }
  | { readonly type: 'use_current'; readonly discardNext: boolean }
  | { readonly type: 'promote_next' }
  | { readonly type: 'missing' };

/**
 * Which key a starting daemon holds, whatever step a crash interrupted.
 *
 * The order of a rotation is: store the next key, commit the row, promote the next key. So a crash
 * leaves either a next key that nobody has seen (discard it) or a row that already names it (promote it).
 */
export function decideKey({ onFile, current, next }: KeyFacts): KeyDecision {
  if (onFile === null) return current === null ? { type: 'create' } : { type: 'adopt' };
  if (current === onFile) return { type: 'use_current', discardNext: next !== null };
  if (next === onFile) return { type: 'promote_next' };
  return { type: 'missing' };
}
