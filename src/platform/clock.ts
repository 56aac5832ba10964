/** A running timer; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** The daemon's only source of time. */
export abstract class Clock {
  /** Now, in milliseconds since the epoch. */
  abstract now(): number;

  /** Milliseconds since an arbitrary moment, with their fraction: for how long something took, whoever sets the clock. */
  elapsed(): number {
    return this.now();
  }

  /** Calls `run` once, `ms` milliseconds from now. */
  abstract after(ms: number, run: () => void): Timer;

  /** Resolves `ms` milliseconds from now; rejects with the signal's reason as soon as that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** Node fires a timer that is longer than this (24.8 days) at once, so longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time of the machine. Its timers keep no process alive. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  override elapsed(): number {
    return performance.now();
  }

  after(ms: number, run: () => void): Timer {
    let remainingMs = ms;
    let handle: NodeJS.Timeout;
    const wait = (): void => {
      const stepMs = Math.min(remainingMs, LONGEST_TIMER_MS);
      remainingMs -= stepMs;
      handle = setTimeout(remainingMs > 0 ? wait : run, stepMs).unref();
    };
    wait();
    return { cancel: () => clearTimeout(handle) };
  }
}
