import { Inject, Injectable } from '@nestjs/common';
import { Logger } from '../observability/logger.js';
import type { Task, TaskName } from './task.js';
import { TASKS } from './task-table.js';

/** Runs tasks, never one twice at the same time: who asks for a running one waits for that run. */
@Injectable()
export class TaskRunner {
  private readonly running = new Map<TaskName, Promise<unknown>>();
  private readonly log: Logger;

  constructor(
    @Inject(TASKS) private readonly tasks: readonly Task[],
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'tasks' });
  }

  run(name: TaskName): Promise<unknown> {
    const underWay = this.running.get(name);
    if (underWay !== undefined) return underWay;
    const task = this.tasks.find((row) => row.name === name)!;
    const run = task.run().finally(() => this.running.delete(name));
    this.running.set(name, run);
    return run;
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
}
