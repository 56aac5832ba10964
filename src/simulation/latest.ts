import type { Federation } from './federation.js';

/** Share of the living that hold the very record that a server itself holds. */
export function shareHolding(federation: Federation, subject: number): number {
  const hash = federation.directories.hash(subject, subject)!;
  const living = federation.live();
  return (
    federation.directories.countHolding(subject, hash, (server) => federation.isLive(server)) / living.length
  );
}

/** How long it takes until all of the living hold it; null where that takes longer than `longestMs`. */
export function timeToAll(
  federation: Federation,
  subjects: readonly number[],
  longestMs: number,
  stepMs = 1_000,
): number | null {
  const startMs = federation.clock.now();
  while (federation.clock.now() - startMs < longestMs) {
    if (subjects.every((subject) => shareHolding(federation, subject) === 1))
      return federation.clock.now() - startMs;
    federation.clock.runUntil(federation.clock.now() + stepMs);
  }
  return null;
}
