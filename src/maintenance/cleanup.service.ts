import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { CleanupRepository, type CleanupCounts } from './cleanup.repository.js';

@Injectable()
export class CleanupService {
  private readonly log: Logger;
  private readonly stopping = new AbortController();

  constructor(
    private readonly repository: CleanupRepository,
    private readonly clock: Clock,
    events: EventBus,
    logger: Logger,
  ) {
    events.on('daemon.stopping', () => this.stopping.abort());
    this.log = logger.child({ component: 'cleanup' });
  }

  async run(): Promise<CleanupCounts> {
    const deleted = await this.repository.run(this.clock.now(), this.stopping.signal);
    const isAnything = Object.values(deleted).some((count: number) => count > 0);
    this.log[isAnything ? 'info' : 'debug']('Deleted what was past its time', { ...deleted });
    return deleted;
  }
}
