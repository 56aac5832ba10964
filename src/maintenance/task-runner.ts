import { Inject, Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import type { Task, TaskName } from './task.js';
import { TASKS } from './task-table.js';

/** How the runs of a task went since the start. Times are epoch milliseconds. */
export interface TaskHistory {
  readonly task: TaskName;
  readonly lastSuccessAt: number | null;
  /** In a row, up to the last run. */
  readonly failures: number;
}

/** Runs tasks, never one twice at the same time: who asks for a running one waits for that run. */
@Injectable()
export class TaskRunner {
  private readonly running = new Map<TaskName, Promise<unknown>>();
  private readonly past = new Map<TaskName, TaskHistory>();
  private readonly log: Logger;

  constructor(
    @Inject(TASKS) private readonly tasks: readonly Task[],
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'tasks' });
  }

  run(name: TaskName): Promise<unknown> {
    const underWay = this.running.get(name);
    if (underWay !== undefined) return underWay;
    const task = this.tasks.find((row) => row.name === name)!;
    const run = this.attempt(task).finally(() => this.running.delete(name));
    this.running.set(name, run);
    return run;
  }

  /** Of every task of the table, in its order. */
  get history(): readonly TaskHistory[] {
    return this.tasks.map(
      ({ name }) => this.past.get(name) ?? { task: name, lastSuccessAt: null, failures: 0 },
    );
  }

  isRunning(name: TaskName): boolean {
    return this.running.has(name);
  }

  /** For those who do not wait: a failure is logged, and the task has its next turn. */
  async runLogged(name: Task['name']): Promise<void> {
    await this.run(name).catch((error: unknown) => this.log.warn('A task failed', { task: name, error }));
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  private async attempt({ name, run }: Task): Promise<unknown> {
    const startedMs = this.clock.elapsed();
    let succeeded = false;
    try {
      const result = await run();
      succeeded = true;
      return result;
    } finally {
      this.note(name, succeeded);
      const durationMs = this.clock.elapsed() - startedMs;
      this.events.emit('task.finished', { task: name, succeeded, durationMs });
    }
  }

  private note(task: TaskName, succeeded: boolean): void {
    const { lastSuccessAt = null, failures = 0 } = this.past.get(task) ?? {};
    this.past.set(
      task,
      succeeded
        ? { task, lastSuccessAt: this.clock.now(), failures: 0 }
        : { task, lastSuccessAt, failures: failures + 1 },
    );
  }
}
