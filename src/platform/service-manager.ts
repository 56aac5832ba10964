/** Variables that are told together, in this order (sd_notify(3)). */
export type Notice = Readonly<Record<string, string>>;

/** What a status line may have; systemctl shows one line. */
const LONGEST_STATUS = 200;

/**
 * Whoever started this process and watches it. Telling it something is never waited for and never fails; notices arrive
 * in the order in which they were told, a stop perhaps before its turn.
 */
export abstract class ServiceManager {
  /** False where all that is told goes nowhere. */
  abstract readonly isListening: boolean;
  /** Half of the time within which `alive` must be heard again; null where nobody listens for it. */
  abstract readonly pulseMs: number | null;

  /** A start that is under way and may take `withinMs` more from now. */
  starting(status: string, withinMs: number): void {
    this.tell({ ...statusOf(status), ...extension(withinMs) });
  }

  /** The start, or a reload, is over; without a status the last one stays. */
  ready(status?: string): void {
    this.tell({ READY: '1', ...(status === undefined ? {} : statusOf(status)) });
  }

  /** A reload begins; `ready` ends it, however it went. */
  reloading(): void {
    this.tell({ RELOADING: '1', MONOTONIC_USEC: String(process.hrtime.bigint() / 1000n) });
  }

  /** The stop is under way and may take `withinMs` from now. */
  stopping(withinMs: number): void {
    this.tell(stopNotice(withinMs));
  }

  status(text: string): void {
    this.tell(statusOf(text));
  }

  /** The event loop turns. */
  alive(): void {
    this.tell({ WATCHDOG: '1' });
  }

  protected abstract tell(notice: Notice): void;
}

/** There is none: a terminal, a container, a test. */
export class NoServiceManager extends ServiceManager {
  readonly isListening = false;
  readonly pulseMs = null;

  protected tell(): void {}
}

export function stopNotice(withinMs: number): Notice {
  return { STOPPING: '1', ...statusOf('stopping'), ...extension(withinMs) };
}

/** One line, whatever it was made of. */
function statusOf(text: string): Notice {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return { STATUS: line.length > LONGEST_STATUS ? `${line.slice(0, LONGEST_STATUS - 3)}...` : line };
}

function extension(withinMs: number): Notice {
  return { EXTEND_TIMEOUT_USEC: String(Math.round(withinMs * 1000)) };
}
