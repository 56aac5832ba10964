/**
 * How sure we may be that nobody holds a name (wire protocol 1.6). Whoever still learns of new servers while
 * asking knows only a part of the federation; and a neighbour that did not answer may be the one that knows.
 */
export function registrationConfidence(newPeers: number, answered: number, neighbors: number): number {
  if (neighbors === 0) return 0;
  return knowledge(newPeers) * (answered / neighbors);
}

function knowledge(newPeers: number): number {
  if (newPeers === 0) return 0.95;
  if (newPeers <= 2) return 0.8;
  return newPeers <= 5 ? 0.6 : 0.4;
}
