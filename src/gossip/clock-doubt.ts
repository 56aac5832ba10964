import type { SendOutcome } from './gossip-sender.js';

/** Codes by which another server says that our time and its own differ too much. */
const DATED_WRONGLY: ReadonlySet<string | null> = new Set(['announcement_in_future', 'announcement_expired']);

/**
 * Whether neighbours give reason to look at our clock: some refused our fresh announcement for its date, and none took
 * it. One alone may have a wrong clock itself, so whoever agrees with us outweighs it. Deployed servers give no code.
 */
export function doubtsOurClock(announced: readonly SendOutcome[]): boolean {
  const doubts = announced.some((one) => one.type === 'refused' && DATED_WRONGLY.has(one.code));
  return doubts && !announced.some(({ type }) => type === 'accepted');
}
