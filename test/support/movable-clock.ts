import { SystemClock } from '../../src/platform/clock.js';

/** The time of the machine, moved by as much as the test likes; its timers run as ever. */
export class MovableClock extends SystemClock {
  private offsetMs = 0;

  override now(): number {
    return super.now() + this.offsetMs;
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
