import { expect, test } from 'vitest';
import { Turnstile } from './turnstile.js';

function turnstileOf(perTurn: number) {
  const turns: (() => void)[] = [];
  const passed: number[] = [];
  const turnstile = new Turnstile(perTurn, (run) => turns.push(run));
  return {
    passed,
    arrive: (...numbers: number[]) =>
      numbers.forEach((number) => turnstile.pass(() => void passed.push(number))),
    turn: () => turns.splice(0).forEach((run) => run()),
    turns,
  };
}

test('so many pass at once, the others turn by turn in their order', () => {
  const { arrive, turn, passed } = turnstileOf(2);
  arrive(1, 2, 3, 4, 5);
  expect(passed).toEqual([1, 2]);
  turn();
  expect(passed).toEqual([1, 2, 3, 4]);
  turn();
  expect(passed).toEqual([1, 2, 3, 4, 5]);
});

test('whoever comes later waits behind those who wait', () => {
  const { arrive, turn, passed } = turnstileOf(2);
  arrive(1, 2, 3, 4, 5);
  turn();
  arrive(6);
  expect(passed).toEqual([1, 2, 3, 4]);
  turn();
  expect(passed).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a turn with room lets a newcomer through at once, and no turn is asked for when nobody comes', () => {
  const { arrive, turn, passed, turns } = turnstileOf(2);
  arrive(1, 2, 3);
  turn();
  arrive(4, 5);
  expect(passed).toEqual([1, 2, 3, 4]);
  turn();
  turn();
  expect(passed).toEqual([1, 2, 3, 4, 5]);
  expect(turns).toEqual([]);
});
