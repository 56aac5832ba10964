import { describe, expect, it } from 'vitest';
import { entriesWithin } from './directory-answers.js';

const sizes = new Map([
  [1, 2],
  [2, 3],
  [3, 9],
  [4, 1],
]);

/** Of five that there is room for, how many each leaf was told of. */
async function told(leaves: readonly number[]): Promise<string[]> {
  const entries = await entriesWithin(5, leaves, (leaf, limit) =>
    Promise.resolve(
      Array.from({ length: Math.min(limit, sizes.get(leaf) ?? 0) }, () => ({
        serverUuid: `${leaf}`,
        hash: '',
      })),
    ),
  );
  return entries.map(({ serverUuid }) => serverUuid);
}

describe('of the leaves that were asked for', () => {
  it.each([
    ['all are told where there is room', [1, 2], ['1', '1', '2', '2', '2']],
    ['none is told in part behind another', [2, 3, 4], ['2', '2', '2']],
    ['none behind one without room is told', [1, 2, 4], ['1', '1', '2', '2', '2']],
    ['one that is too large is told in part where it comes first', [3, 4], ['3', '3', '3', '3', '3']],
    ['an empty one keeps no other back', [5, 4], ['4']],
    ['one that is asked for twice is told once', [1, 1, 1], ['1', '1']],
  ])('%s', async (_sentence, leaves, expected) => {
    expect(await told(leaves)).toEqual(expected);
  });
});
