import { Clock, type Timer } from './clock.js';

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that stands still until it is told to advance: for tests and simulations. */
export class ManualClock extends Clock {
  #nowMs: number;
  #steppedMs = 0;
  readonly #pending = new Set<Pending>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    super();
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs + this.#steppedMs;
  }

  override elapsed(): number {
    return this.#nowMs;
  }

  /** Somebody sets the clock: it shows another time from here on, and none has passed. */
  step(byMs: number): void {
    this.#steppedMs += byMs;
  }

  after(ms: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), run };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /**
   * Moves time on by `ms`, firing what falls due in order, each at its own time. What a timer sets off is
   * given a turn of the event loop, so timers that it starts within the span fire too.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#nextUntil(endMs); next !== undefined; next = this.#nextUntil(endMs)) {
      this.#pending.delete(next);
      this.#nowMs = next.atMs;
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** The earliest timer that is due by `endMs`; of several at one time, the one that was set first. */
  #nextUntil(endMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#pending) {
      if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
