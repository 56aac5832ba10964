import type { Timer } from './clock.js';

/** Often enough to meet every stall worth a word within minutes, seldom enough to cost nothing. */
const SAMPLE_EVERY_MS = 100;

/**
 * Samples how late this process's event loop is: how much later than asked for a timer comes. Whatever holds up a timer
 * holds up every request as long. Keeps no process alive.
 */
export function sampleEventLoopLag(observe: (lagMs: number) => void): Timer {
  let handle: NodeJS.Timeout;
  const sample = (): void => {
    const dueMs = performance.now() + SAMPLE_EVERY_MS;
    handle = setTimeout(() => {
      observe(Math.max(0, performance.now() - dueMs));
      sample();
    }, SAMPLE_EVERY_MS).unref();
  };
  sample();
  return { cancel: () => clearTimeout(handle) };
}

/** Resolves when the event loop has turned: whatever waits has had its chance before long work goes on. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Gives way for so long: a turn that is longer than one of the event loop. Keeps no process alive. */
export function turnOf(ms: number): (run: () => void) => void {
  return (run) => void setTimeout(run, ms).unref();
}
