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

it('keeps a thousand events in order', () => {
  const [clock, random] = [new VirtualClock(), new SeededRandom(1)];
  const times = Array.from({ length: 1_000 }, () => Math.floor(random.uniform() * 500));
  const ran: number[] = [];
  for (const ms of times) clock.after(ms, () => ran.push(clock.now()));
  clock.runUntil(500);
  expect(ran).toEqual([...times].sort((one, other) => one - other));
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
