import { expect, it } from 'vitest';
import { registrationConfidence } from './confidence.js';

it.each([
  [0, 8, 8, 0.95],
  [1, 8, 8, 0.8],
  [2, 8, 8, 0.8],
  [3, 4, 4, 0.6],
  [5, 4, 4, 0.6],
  [6, 4, 4, 0.4],
  [0, 4, 8, 0.475],
  [0, 0, 8, 0],
  [0, 0, 0, 0],
])(
  'with %d new peers, %d of %d neighbours answering, it is %d',
  (newPeers, answered, neighbors, expected) => {
    expect(registrationConfidence(newPeers, answered, neighbors)).toBeCloseTo(expected);
  },
);
