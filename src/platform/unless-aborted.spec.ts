import { expect, it } from 'vitest';
import { unlessAborted } from './unless-aborted.js';

const over = new Error('the inquiry is over');

it('is as the work, with a signal or without', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(over), signal)).rejects.toBe(over);
});

it('rejects as soon as the signal is aborted, and nothing is left unheard of what becomes of the work', async () => {
  for (const isAbortedBefore of [false, true]) {
    const abort = new AbortController();
    let fail = (_error: Error): void => undefined;
    const work = new Promise<never>((_, reject) => (fail = reject));
    if (isAbortedBefore) abort.abort(over);
    const waiting = unlessAborted(work, abort.signal);
    if (!isAbortedBefore) abort.abort(over);
    await expect(waiting).rejects.toBe(over);
    // Vitest fails a run in which a rejection goes unheard.
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  }
});
