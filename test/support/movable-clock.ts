import { SystemClock } from '../../src/platform/clock.js';

/** The time of the machine, moved by as much as the test likes, or standing still; its timers run as ever. */
export class MovableClock extends SystemClock {
  private offsetMs = 0;
  private stoppedAtMs: number | null = null;

  override now(): number {
    return (this.stoppedAtMs ?? super.now()) + this.offsetMs;
  }

  /** From here on only `advance` moves it: for what would else depend on how fast the test runs. */
  standStill(): void {
    this.stoppedAtMs = super.now();
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
