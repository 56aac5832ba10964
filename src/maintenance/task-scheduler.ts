import { Inject, Injectable, BeforeApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CONFIG, type Config } from '../config/config.js';
import { Clock, type Timer } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { isOverdue, jittered, type Task } from './task.js';
import { TaskRunner } from './task-runner.js';
import { TASKS } from './task-table.js';

interface Turn extends Timer {
  readonly dueAt: number;
}

/**
 * Gives every task of the table its turns. With LATTICE_SCHEDULER=external it leaves those that have an endpoint
 * to whoever calls them; joining, deliveries and the proxy check stay its own.
 */
@Injectable()
export class TaskScheduler implements BeforeApplicationShutdown {
  private stopped = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TASKS) private readonly tasks: readonly Task[],
    private readonly runner: TaskRunner,
    private readonly registry: SchedulerRegistry,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** To be called once the daemon listens: whom we announce ourselves to calls us back at once. */
  start(): void {
    for (const task of this.tasks) {
      if (this.config.scheduler === 'internal' || !task.canBeDriven) this.arm(task, task.firstAfterMs);
    }
  }

  /** To be called when the configuration has changed. */
  reconsider(): void {
    for (const task of this.tasks) {
      if (!this.registry.doesExist('timeout', task.name)) continue;
      const delayMs = this.newDelayMs(task, this.registry.getTimeout<Turn>(task.name).dueAt);
      if (delayMs === null) continue;
      this.disarm(task.name);
      this.arm(task, delayMs);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const name of this.registry.getTimeouts()) this.disarm(name);
    await this.runner.idle();
  }

  /** Null where the turn that is set stays. */
  private newDelayMs(task: Task, dueAt: number): number | null {
    // What has its first turn at once acts on settings: whom to join, and whether strangers may administer.
    if (task.firstAfterMs === 0) return 0;
    return isOverdue(dueAt, this.clock.now(), task) ? this.nextDelayMs(task) : null;
  }

  private nextDelayMs({ everyMs, spread }: Task): number {
    return jittered(everyMs(), spread, this.random.uniform());
  }

  private arm(task: Task, delayMs: number): void {
    if (this.stopped) return;
    const timer = this.clock.after(delayMs, () => {
      // A stopping daemon empties the registry, perhaps before it comes to us.
      if (this.stopped || !this.registry.doesExist('timeout', task.name)) return;
      this.registry.deleteTimeout(task.name);
      void this.turn(task);
    });
    const turn: Turn = { dueAt: this.clock.now() + delayMs, cancel: () => timer.cancel() };
    this.registry.addTimeout(task.name, turn);
  }

  /** The next turn is set when this one is over, so a task never overlaps itself. */
  private async turn(task: Task): Promise<void> {
    await this.runner.runLogged(task.name);
    this.arm(task, this.nextDelayMs(task));
  }

  private disarm(name: string): void {
    this.registry.getTimeout<Turn>(name).cancel();
    this.registry.deleteTimeout(name);
  }
}
