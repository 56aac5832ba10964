import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { BootstrapService } from '../gossip/bootstrap.service.js';
import { GossipService } from '../gossip/gossip.service.js';
import { ProxyCheck } from '../http/proxy-check.js';
import { IdentityService } from '../identity/identity.service.js';
import type { HealthFacts } from './health-policy.js';
import { TaskRunner, type TaskHistory } from './task-runner.js';

/** What is known without asking the database. */
export interface KnownFacts extends Omit<
  HealthFacts,
  'nowMs' | 'startedAt' | 'isDatabaseReachable' | 'neighbors' | 'tasks'
> {
  readonly tasks: readonly TaskHistory[];
  /** Bootstrap servers that have not answered, or not taken our announcement. */
  readonly missingBootstrapServers: number;
  readonly serverId: string;
}

/** Brings together what the parts of the daemon know about how they are. */
@Injectable()
export class HealthSources {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly identity: IdentityService,
    private readonly gossip: GossipService,
    private readonly bootstrap: BootstrapService,
    private readonly proxyCheck: ProxyCheck,
    private readonly tasks: TaskRunner,
  ) {}

  read(): KnownFacts {
    const { self, keyStoreProblem } = this.identity;
    return {
      serverId: self.serverId,
      gossipIntervalMs: this.config.gossipIntervalMs,
      hasBootstrapServers: this.config.bootstrapServers.length > 0,
      missingBootstrapServers: this.bootstrap.missing,
      isSecretStoreUsable: keyStoreProblem === null,
      isRevoked: self.revokedAt !== null,
      isAdministrationOff: this.proxyCheck.isOff,
      lastRoundAt: this.gossip.lastRoundAt,
      roundsInVain: this.gossip.roundsInVain,
      isClockDoubted: this.gossip.isClockDoubted,
      tasks: this.tasks.history,
    };
  }
}
