import type { Timer } from '../../src/platform/clock.js';
import { MovableClock } from './movable-clock.js';

/** Its timers of one length run out when the test says so. */
export class HoldingClock extends MovableClock {
  readonly held = new Set<() => void>();

  constructor(private readonly heldMs: number) {
    super();
  }

  override after(ms: number, run: () => void): Timer {
    if (ms !== this.heldMs) return super.after(ms, run);
    this.held.add(run);
    return { cancel: () => void this.held.delete(run) };
  }

  runOut(): void {
    const due = [...this.held];
    this.held.clear();
    for (const run of due) run();
  }
}
