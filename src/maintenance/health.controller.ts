import { Controller, Get } from '@nestjs/common';
import { OpenToPeers } from '../http/open-to-peers.js';
import { IdentityService } from '../identity/identity.service.js';
import { PROTOCOL_VERSION } from '../protocol/extensions.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { HealthAnswer, StatusAnswer } from './health-schemas.js';
import { HealthService } from './health.service.js';
import { TaskRunner } from './task-runner.js';

@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly identity: IdentityService,
    private readonly tasks: TaskRunner,
  ) {}

  /** Wire protocol 1.4, for other servers. */
  @Get('status')
  @OpenToPeers()
  async status(): Promise<StatusAnswer> {
    const { peers, saturation } = await this.health.figures();
    // This daemon has no endpoint that takes messages.
    return {
      alive: true,
      accepting_messages: false,
      peer_count: peers,
      saturation,
      version: PROTOCOL_VERSION,
    };
  }

  /** For the operator: what is degraded, and why. */
  @Get(['health', 'api/v1/health'])
  async show(): Promise<HealthAnswer> {
    const { problems, figures, lastRoundAt, uptimeMs } = await this.health.check();
    return {
      status: problems.length === 0 ? 'healthy' : 'degraded',
      problems: problems.map(({ detail }) => detail),
      service: 'discovery_daemon',
      server_id: this.identity.self.serverId,
      last_gossip: lastRoundAt === null ? null : formatTimestamp(lastRoundAt),
      maintenance_mode: this.tasks.isRunning('cleanup'),
      saturation: figures?.saturation ?? null,
      uptime_seconds: Math.floor(uptimeMs / 1000),
    };
  }
}
