import { Module } from '@nestjs/common';
import { LinkCandidates } from './link-candidates.js';
import { LinkClient } from './link-client.js';
import { LinkKeeper } from './link-keeper.js';
import { LinksRepository } from './links.repository.js';
import { LivenessService } from './liveness.service.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import { NeighborLinks } from './neighbor-links.js';
import { NeighborUpdates } from './neighbor-updates.js';
import { NeighborsService } from './neighbors.service.js';
import { PeerViewsController } from './peer-views.controller.js';
import { PlannedNeighbors } from './planned-neighbors.js';
import { TheirView } from './their-view.js';
import { ViewClient } from './view-client.js';

@Module({
  controllers: [PeerViewsController],
  providers: [
    LinksRepository,
    NeighborCandidates,
    NeighborsService,
    PlannedNeighbors,
    NeighborLinks,
    LinkCandidates,
    LinkClient,
    LinkKeeper,
    NeighborUpdates,
    LivenessService,
    ViewClient,
    TheirView,
  ],
  exports: [
    NeighborsService,
    NeighborUpdates,
    NeighborLinks,
    LinkCandidates,
    LinkClient,
    LinkKeeper,
    LivenessService,
    ViewClient,
  ],
})
export class NeighborsModule {}
