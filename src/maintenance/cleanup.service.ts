import { Injectable } from '@nestjs/common';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { CleanupRepository, type CleanupCounts } from './cleanup.repository.js';

@Injectable()
export class CleanupService {
  private readonly log: Logger;

  constructor(
    private readonly repository: CleanupRepository,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'cleanup' });
  }

  async run(): Promise<CleanupCounts> {
    const deleted = await this.repository.run(this.clock.now());
    const isAnything = Object.values(deleted).some((count: number) => count > 0);
    this.log[isAnything ? 'info' : 'debug']('Deleted what was past its time', { ...deleted });
    return deleted;
  }
}
