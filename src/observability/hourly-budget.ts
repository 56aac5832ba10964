import type { Clock } from '../platform/clock.js';
import { HOUR_MS } from '../protocol/durations.js';

/** Allows so many an hour of each kind. The kinds are our own, so a few numbers are all it holds. */
export class HourlyBudget {
  private readonly windows = new Map<string, { readonly startMs: number; count: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly perHour: number,
  ) {}

  allows(kind: string): boolean {
    const now = this.clock.now();
    let window = this.windows.get(kind);
    if (window === undefined || Math.abs(now - window.startMs) >= HOUR_MS) {
      window = { startMs: now, count: 0 };
      this.windows.set(kind, window);
    }
    window.count += 1;
    return window.count <= this.perHour;
  }
}
