import { SystemClock } from '../../src/platform/clock.js';

/** The time of the machine, moved by as much as the test likes, or standing still; its timers run as ever. */
export class MovableClock extends SystemClock {
  private offsetMs = 0;
  private steppedMs = 0;
  private stopped: { readonly nowMs: number; readonly elapsedMs: number } | null = null;

  override now(): number {
    return (this.stopped?.nowMs ?? super.now()) + this.offsetMs + this.steppedMs;
  }

  override elapsed(): number {
    return (this.stopped?.elapsedMs ?? super.elapsed()) + this.offsetMs;
  }

  /** From here on only `advance` moves it: for what would else depend on how fast the test runs. */
  standStill(): void {
    this.stopped = { nowMs: super.now(), elapsedMs: super.elapsed() };
  }

  /** Somebody sets the clock: it shows another time from here on, and none has passed. */
  step(byMs: number): void {
    this.steppedMs += byMs;
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
