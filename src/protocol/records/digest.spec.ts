import { expect, it } from 'vitest';
import { BUCKETS, differing, hashOfEntries, leafOf, LEAVES, rootOf } from './digest.js';

it('a server has its leaf by the first twelve bits of the SHA-256 of its UUID', () => {
  // printf 3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001 | sha256sum
  expect(leafOf('3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001')).toBe(0xd91);
});

it('leaves are spread evenly', () => {
  const counts = new Map<number, number>();
  for (let server = 0; server < 40_960; server += 1) {
    const leaf = leafOf(`server ${server}`);
    counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(LEAVES * 0.99);
  expect(Math.max(...counts.values())).toBeLessThan(40);
});

it('the hash of entries does not depend on the order in which they come', () => {
  const [a, b] = [
    { serverUuid: 'a', hash: '1' },
    { serverUuid: 'b', hash: '2' },
  ];
  expect(hashOfEntries([a, b])).toBe(hashOfEntries([b, a]));
  expect(hashOfEntries([a])).not.toBe(hashOfEntries([a, b]));
  expect(hashOfEntries([{ serverUuid: 'a', hash: '2' }])).not.toBe(hashOfEntries([a]));
});

it('where hashes differ is where to look', () => {
  const ours = Array.from({ length: BUCKETS }, (_, bucket) => `h${bucket}`);
  const theirs = ours.map((hash, bucket) => (bucket === 7 || bucket === 200 ? 'other' : hash));
  expect(differing(ours, theirs)).toEqual([7, 200]);
  expect(rootOf(ours)).not.toBe(rootOf(theirs));
  expect(differing(ours, ours)).toEqual([]);
});
