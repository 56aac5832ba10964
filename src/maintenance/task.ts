export type TaskName =
  | 'join'
  | 'proxy-check'
  | 'deliver-statements'
  | 'refresh-record'
  | 'compare-directories'
  | 'probe-neighbors'
  | 'seek-neighbors'
  | 'tend-links'
  | 'gossip-round'
  | 'update-neighbors'
  | 'cleanup';

/** One row of the task table: what runs, and when. */
export interface Task {
  readonly name: TaskName;
  /** From the end of one run to the start of the next; may change with the configuration. */
  readonly everyMs: () => number;
  /** From the start of the daemon to the first run. */
  readonly firstAfterMs: number;
  /** An external cron may drive it in the scheduler's place (LATTICE_SCHEDULER=external). */
  readonly canBeDriven: boolean;
  readonly run: () => Promise<unknown>;
}

/** Whether a task waits longer than it would, had its timer been set now: its period has become shorter. */
export function isOverdue(dueAt: number, nowMs: number, everyMs: number): boolean {
  return dueAt - nowMs > everyMs * (1 + JITTER);
}

/** Spread by which a period varies, so that servers started together do not call each other in step. */
const JITTER = 0.1;

/** @param draw in [0, 1) */
export function jittered(periodMs: number, draw: number): number {
  return Math.round(periodMs * (1 - JITTER + 2 * JITTER * draw));
}
