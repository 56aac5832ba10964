import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.js';

function queueOf(...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.push(item.charAt(0), item);
  return queue;
}
function allOf(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.size }, () => queue.shift()!);
}

test('lanes take turns, whoever has how many, and each keeps its order', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2');
  expect(allOf(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  expect(queue.size).toBe(0);
  expect(queue.shift()).toBeUndefined();
});

test('a lane that comes later waits for one of each other lane, not for all that they have', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'b1', 'b2');
  expect(queue.shift()).toBe('a1');
  queue.push('z', 'z1');
  expect(allOf(queue)).toEqual(['b1', 'a2', 'z1', 'b2', 'a3']);
});

test('a lane gains nothing by leaving and coming back', () => {
  const queue = queueOf('a1', 'b1', 'b2');
  expect(queue.shift()).toBe('a1');
  queue.push('a', 'a2');
  expect(allOf(queue)).toEqual(['b1', 'a2', 'b2']);
});
