import { describe, expect, it } from 'vitest';
import { deadlineMs, forwardedHops } from './route-policy.js';

describe('a query that travels on', () => {
  it.each([
    [1, 0],
    [2, 1],
    [5, 4],
    [10, 4],
  ])('with max_hops %d goes on with %d', (maxHops, hops) => {
    expect(forwardedHops(maxHops)).toBe(hops);
  });

  it('leaves each server less time than the one that asked it', () => {
    for (let hops = 10; hops > 1; hops -= 1)
      expect(deadlineMs(forwardedHops(hops))).toBeLessThan(deadlineMs(hops));
  });
});
