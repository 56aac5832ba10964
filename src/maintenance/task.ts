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
  /** The part of it by which a turn comes early or late. */
  readonly spread: number;
  /** From the start of the daemon to the first run. */
  readonly firstAfterMs: number;
  /** An external cron may drive it in the scheduler's place (LATTICE_SCHEDULER=external). */
  readonly canBeDriven: boolean;
  readonly run: () => Promise<unknown>;
}

/** Of a task of which the protocol says nothing else: servers started together are not to call each other in step. */
export const TASK_SPREAD = 0.1;

/** Whether a task waits longer than it would, had its timer been set now: its period has become shorter. */
export function isOverdue(dueAt: number, nowMs: number, { everyMs, spread }: Turns): boolean {
  return dueAt - nowMs > everyMs() * (1 + spread);
}

type Turns = Pick<Task, 'everyMs' | 'spread'>;

/** The period, up to `spread` of it shorter or longer. @param draw in [0, 1) */
export function jittered(periodMs: number, spread: number, draw: number): number {
  return Math.round(periodMs * (1 - spread + 2 * spread * draw));
}
