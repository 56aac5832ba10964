import { describe, expect, it } from 'vitest';
import { type Random, SeededRandom, SystemRandom } from './random.js';

const items = Array.from({ length: 20 }, (_, i) => i);

describe.each<[string, () => Random]>([
  ['system', () => new SystemRandom()],
  ['seeded', () => new SeededRandom(7)],
])('%s random', (_, make) => {
  it('draws numbers from 0 up to but not including 1, over the whole range', () => {
    const random = make();
    const draws = Array.from({ length: 2_000 }, () => random.uniform());
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expect(new Set(draws.map((draw) => Math.floor(draw * 10))).size).toBe(10);
  });

  it('makes version 4 UUIDs in lower case, no two alike', () => {
    const random = make();
    const uuids = Array.from({ length: 200 }, () => random.uuid());
    for (const uuid of uuids) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(uuids).size).toBe(200);
  });

  it('shuffles all items and leaves the given list alone', () => {
    const given = [...items];
    const shuffled = make().shuffle(given);
    expect(given).toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(shuffled).not.toEqual(items);
  });

  it('samples each item at most once, and no more than there are', () => {
    const random = make();
    expect(new Set(random.sample(items, 5)).size).toBe(5);
    expect(random.sample(items, 99)).toHaveLength(20);
    expect(random.sample(items, 0)).toEqual([]);
    expect(random.sample([], 3)).toEqual([]);
  });

  it('gives every item its turn at every place', () => {
    const random = make();
    const seen = new Set<string>();
    for (let i = 0; i < 300; i += 1)
      random.shuffle(['a', 'b', 'c']).forEach((item, at) => seen.add(item + at));
    expect(seen.size).toBe(9);
  });
});

it('one seed gives one sequence, another seed another', () => {
  const sequence = (seed: number): unknown[] => {
    const random = new SeededRandom(seed);
    return [random.uniform(), random.uuid(), random.shuffle(items)];
  };
  expect(sequence(1)).toEqual(sequence(1));
  expect(sequence(1)).not.toEqual(sequence(2));
});

it('every order is as likely as any other', () => {
  const random = new SeededRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 60_000; i += 1) {
    const order = random.shuffle(['a', 'b', 'c']).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  // 10,000 each, with a standard deviation of 91; swapping with any place would give 8,900 and 11,100.
  expect([...counts.values()].filter((count) => count > 9_500 && count < 10_500)).toHaveLength(6);
});
