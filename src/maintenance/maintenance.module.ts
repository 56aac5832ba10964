import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { CONFIG, type Config } from '../config/config.js';
import { BootstrapService } from '../gossip/bootstrap.service.js';
import { GossipService } from '../gossip/gossip.service.js';
import { StatementDeliveryService } from '../gossip/statement-delivery.service.js';
import { ProxyCheck } from '../http/proxy-check.js';
import { IdentityService } from '../identity/identity.service.js';
import { LinkKeeper } from '../neighbors/link-keeper.js';
import { NeighborProber } from '../neighbors/neighbor-prober.js';
import { NeighborUpdates } from '../neighbors/neighbor-updates.js';
import { RecordsService } from '../peers/records.service.js';
import { AntiEntropyService } from '../sync/anti-entropy.service.js';
import { CleanupRepository } from './cleanup.repository.js';
import { CleanupService } from './cleanup.service.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { HealthSources } from './health-sources.js';
import { MaintenanceController } from './maintenance.controller.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { ProbesController } from './probes.controller.js';
import { ReadinessService } from './readiness.service.js';
import { TaskRunner } from './task-runner.js';
import { TaskScheduler } from './task-scheduler.js';
import { TASKS, taskTable } from './task-table.js';

@Module({
  imports: [ScheduleModule.forRoot({ cronJobs: false, intervals: false })],
  controllers: [MaintenanceController, HealthController, ProbesController, MetricsController],
  providers: [
    CleanupRepository,
    CleanupService,
    TaskRunner,
    TaskScheduler,
    HealthSources,
    HealthService,
    ReadinessService,
    MetricsService,
    {
      provide: TASKS,
      inject: [
        CONFIG,
        IdentityService,
        BootstrapService,
        StatementDeliveryService,
        ProxyCheck,
        GossipService,
        NeighborUpdates,
        CleanupService,
        RecordsService,
        { token: AntiEntropyService, optional: true },
        { token: NeighborProber, optional: true },
        LinkKeeper,
      ],
      useFactory: (
        config: Config,
        identity: IdentityService,
        bootstrap: BootstrapService,
        deliveries: StatementDeliveryService,
        proxyCheck: ProxyCheck,
        gossip: GossipService,
        neighbors: NeighborUpdates,
        cleanup: CleanupService,
        records: RecordsService,
        antiEntropy: AntiEntropyService | undefined,
        prober: NeighborProber | undefined,
        links: LinkKeeper,
      ) =>
        taskTable({
          config,
          identity,
          bootstrap,
          deliveries,
          proxyCheck,
          gossip,
          neighbors,
          cleanup,
          records,
          extension:
            antiEntropy !== undefined && prober !== undefined ? { antiEntropy, prober, links } : null,
        }),
    },
  ],
  exports: [TaskScheduler],
})
export class MaintenanceModule {}
