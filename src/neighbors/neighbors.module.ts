import { Module } from '@nestjs/common';
import { LivenessService } from './liveness.service.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import { NeighborsRepository } from './neighbors.repository.js';
import { NeighborsService } from './neighbors.service.js';
import { PeerViewsController } from './peer-views.controller.js';
import { TheirView } from './their-view.js';
import { ViewClient } from './view-client.js';

@Module({
  controllers: [PeerViewsController],
  providers: [
    NeighborsRepository,
    NeighborCandidates,
    NeighborsService,
    LivenessService,
    ViewClient,
    TheirView,
  ],
  exports: [NeighborsService, LivenessService, ViewClient],
})
export class NeighborsModule {}
