import { Controller, Get } from '@nestjs/common';
import { FederationError } from '../protocol/errors.js';
import type { LiveAnswer, ReadyAnswer } from './health-schemas.js';
import { ReadinessService } from './readiness.service.js';

/** For whoever supervises the process: is it to be restarted, and may it be sent requests. */
@Controller('health')
export class ProbesController {
  constructor(private readonly readiness: ReadinessService) {}

  /** The process and its event loop answer. Asks nobody: a lost database is no reason for a restart. */
  @Get('live')
  live(): LiveAnswer {
    return { status: 'alive' };
  }

  /** @throws `not_ready`, with the reasons */
  @Get('ready')
  async ready(): Promise<ReadyAnswer> {
    const reasons = await this.readiness.missing();
    if (reasons.length === 0) return { status: 'ready', reasons: [] };
    const details = { status: 'not_ready', reasons };
    throw new FederationError('not_ready', reasons.join('; '), { details });
  }
}
