import { expect, test } from 'vitest';
import { Turnstile } from './turnstile.js';

function turnstileOf(perTurn: number, maxHeldTurns = 3) {
  const turns: (() => void)[] = [];
  const passed: number[] = [];
  const turnstile = new Turnstile({ perTurn, maxHeldTurns }, (run) => turns.push(run));
  return {
    passed,
    arrive: (...numbers: number[]) =>
      numbers.forEach((number) => turnstile.pass(() => void passed.push(number))),
    arriveIn: (lane: string, ...numbers: number[]) =>
      numbers.forEach((number) =>
        turnstile.pass(
          () => void passed.push(number),
          () => lane,
        ),
      ),
    connect: () => turnstile.noteArrival(),
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
  arrive(4);
  expect(passed).toEqual([1, 2, 3, 4]);
  turn();
  turn();
  expect(turns).toEqual([]);
});

test('nobody passes in a turn that took a connection, and all in their order when none comes', () => {
  const { arrive, connect, turn, passed } = turnstileOf(2);
  connect();
  arrive(1, 2, 3);
  turn();
  expect(passed).toEqual([]);
  turn();
  expect(passed).toEqual([1, 2]);
  turn();
  expect(passed).toEqual([1, 2, 3]);
});

test('connections that never cease hold those who wait for so many turns, and no longer', () => {
  const { arrive, connect, turn, passed } = turnstileOf(2, 3);
  const heldTurn = (): void => {
    connect();
    turn();
  };
  connect();
  arrive(1, 2, 3);
  for (let i = 0; i < 3; i += 1) heldTurn();
  expect(passed).toEqual([]);
  heldTurn();
  expect(passed).toEqual([1, 2]);
  for (let i = 0; i < 3; i += 1) heldTurn();
  expect(passed).toEqual([1, 2]);
  heldTurn();
  expect(passed).toEqual([1, 2, 3]);
});

test('those who wait pass lane by lane, so that nobody waits for all that another lane has', () => {
  const { arriveIn, turn, passed } = turnstileOf(1);
  arriveIn('loud', 1, 2, 3, 4);
  arriveIn('quiet', 5);
  turn();
  turn();
  expect(passed).toEqual([1, 2, 5]);
  turn();
  turn();
  expect(passed).toEqual([1, 2, 5, 3, 4]);
});
