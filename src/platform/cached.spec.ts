import { expect, it } from 'vitest';
import { Cached } from './cached.js';
import { ManualClock } from './manual-clock.js';

it('a value that comes after another was asked for takes nothing from that one, though it fails', async () => {
  const loads: { readonly resolve: (value: string) => void; readonly reject: (error: Error) => void }[] = [];
  const cached = new Cached(
    new ManualClock(),
    60_000,
    () => new Promise<string>((resolve, reject) => void loads.push({ resolve, reject })),
  );
  const first = cached.get();
  cached.forget();
  const second = cached.get();
  loads[1]!.resolve('new');
  loads[0]!.reject(new Error('late'));
  await expect(first).rejects.toThrow('late');
  expect(await second).toBe('new');
  const third = cached.get();
  expect(loads).toHaveLength(2);
  expect(await third).toBe('new');
});

it('a failure is not kept', async () => {
  let loads = 0;
  const cached = new Cached(new ManualClock(), 60_000, () => {
    loads += 1;
    return loads === 1 ? Promise.reject(new Error('no')) : Promise.resolve('yes');
  });
  await expect(cached.get()).rejects.toThrow('no');
  expect(await cached.get()).toBe('yes');
});
