import { Injectable, BeforeApplicationShutdown } from '@nestjs/common';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { refillTokens } from './token-bucket.js';

/** Wire protocol 2.4: at most 8 checks at once, and one per second on average. */
const MAX_CONCURRENT = 8;
const CHECKS_PER_SECOND = 1;
const BURST = 8;
/** Servers waiting for their check; beyond it the neighbour update finds them later, or they announce themselves again. */
const MAX_WAITING = 1_000;

/** Lets checks run in their turn, those of newcomers and those of servers on file in one row. */
@Injectable()
export class CheckQueue implements BeforeApplicationShutdown {
  private readonly waiting = new Map<string, () => Promise<void>>();
  private readonly stop = new AbortController();
  private readonly log: Logger;
  private running = 0;
  private bucket: { tokens: number; atMs: number };
  private wakeUp: { cancel(): void } | null = null;

  constructor(
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.bucket = { tokens: BURST, atMs: clock.now() };
    this.log = logger.child({ component: 'admission' });
  }

  /** Aborted when the daemon stops. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  beforeApplicationShutdown(): void {
    this.stop.abort(new Error('the daemon is stopping'));
    this.wakeUp?.cancel();
    this.waiting.clear();
  }

  /** Nobody waits twice: of two checks under one key the later one runs. */
  enqueue(key: string, check: () => Promise<void>): void {
    if (this.stop.signal.aborted || (this.waiting.size >= MAX_WAITING && !this.waiting.has(key))) return;
    this.waiting.set(key, check);
    this.wakeAfter(0);
  }

  private drain(): void {
    this.bucket = refillTokens(this.bucket, this.clock.now(), {
      perSecond: CHECKS_PER_SECOND,
      capacity: BURST,
    });
    for (const [key, check] of this.waiting) {
      if (this.running >= MAX_CONCURRENT || this.bucket.tokens < 1) break;
      this.waiting.delete(key);
      this.bucket = { ...this.bucket, tokens: this.bucket.tokens - 1 };
      void this.run(check);
    }
    if (this.waiting.size > 0 && this.running < MAX_CONCURRENT)
      this.wakeAfter(((1 - this.bucket.tokens) / CHECKS_PER_SECOND) * 1000);
  }

  private wakeAfter(delayMs: number): void {
    this.wakeUp ??= this.clock.after(delayMs, () => {
      this.wakeUp = null;
      this.drain();
    });
  }

  private async run(check: () => Promise<void>): Promise<void> {
    this.running += 1;
    try {
      await check();
    } catch (error) {
      this.log.warn('A check of a server failed', { error });
    } finally {
      this.running -= 1;
      if (!this.stop.signal.aborted) this.drain();
    }
  }
}
