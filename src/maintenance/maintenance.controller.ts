import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { decideAnnounce } from '../gossip/announce-policy.js';
import { GossipService } from '../gossip/gossip.service.js';
import { decodeBody } from '../http/decode-body.js';
import { Clock } from '../platform/clock.js';
import type { JsonValue } from '../protocol/json.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import {
  announceBody,
  type AnnounceAnswer,
  type TaskCompletedAnswer,
  type TaskScheduledAnswer,
} from './maintenance-schemas.js';
import { TaskRunner } from './task-runner.js';

/** The tasks of the table that a caller, such as an external cron, may start (wire protocol 1.4). */
@Controller('api/v1')
export class MaintenanceController {
  constructor(
    private readonly runner: TaskRunner,
    private readonly gossip: GossipService,
    private readonly clock: Clock,
  ) {}

  @Post('announce')
  @HttpCode(200)
  announce(@Body() body: JsonValue | undefined): AnnounceAnswer {
    const { force } = decodeBody(announceBody, body);
    const decision = decideAnnounce(this.gossip.lastRoundAt, this.clock.now(), force);
    if (decision.type === 'rate_limited') {
      return { status: 'rate_limited', next_allowed: formatTimestamp(decision.nextAllowedMs) };
    }
    void this.runner.runLogged('gossip-round');
    return { status: 'scheduled' };
  }

  @Post('maintenance/update_neighbors')
  @HttpCode(200)
  updateNeighbors(): TaskScheduledAnswer {
    void this.runner.runLogged('update-neighbors');
    return { status: 'scheduled', message: 'the neighbours are being updated' };
  }

  @Post('maintenance/cleanup')
  @HttpCode(200)
  async cleanup(): Promise<TaskCompletedAnswer> {
    await this.runner.run('cleanup');
    return { status: 'completed', message: 'what was past its time is deleted' };
  }
}
