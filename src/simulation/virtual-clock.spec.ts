import { expect, it } from 'vitest';
import { SeededRandom } from '../platform/random.js';
import { VirtualClock } from './virtual-clock.js';

it('runs events in order of time, and those of one time as they were set', () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  clock.after(20, () => ran.push('late'));
  clock.after(10, () => ran.push('first'));
  clock.after(10, () => ran.push('second'));
  clock.runUntil(15);
  expect([ran, clock.now(), clock.pending]).toEqual([['first', 'second'], 15, 1]);
});

it('keeps a thousand events in order, with those that are set while it runs', () => {
  const [clock, random] = [new VirtualClock(), new SeededRandom(1)];
  const [ran, due]: [number[], number[]] = [[], []];
  const set = (mayRepeat: boolean): void => {
    const number = due.length;
    due.push(clock.now() + Math.floor(random.uniform() * 100));
    clock.after(due[number]! - clock.now(), () => {
      ran.push(number);
      if (mayRepeat) set(false);
    });
  };
  for (let events = 0; events < 1_000; events += 1) set(true);
  clock.runUntil(200);
  expect(ran).toEqual([...due.keys()].sort((one, other) => due[one]! - due[other]! || one - other));
});

it('runs what an event sets off, leaves out what is cancelled, and stops where it is told to', () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  clock.after(1, () => clock.after(1, () => ran.push('set off')));
  clock.after(3, () => ran.push('cancelled')).cancel();
  clock.after(4, () => ran.push('last'));
  clock.after(5, () => ran.push('beyond'));
  clock.runUntil(10, () => ran.includes('last'));
  expect([ran, clock.now()]).toEqual([['set off', 'last'], 4]);
});
