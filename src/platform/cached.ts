import type { Clock } from './clock.js';

/** One value that is expensive to load and may be a little old. A failure is not kept. */
export class Cached<T> {
  private held: { readonly atMs: number; readonly value: Promise<T> } | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
    private readonly load: () => Promise<T>,
  ) {}

  get(): Promise<T> {
    const now = this.clock.now();
    // Also anew where the clock was set back: its age is then unknown.
    if (this.held === null || now - this.held.atMs >= this.maxAgeMs || now < this.held.atMs) {
      const value = this.load();
      this.held = { atMs: now, value };
      value.catch(() => {
        if (this.held?.value === value) this.forget();
      });
    }
    return this.held.value;
  }

  forget(): void {
    this.held = null;
  }
}
