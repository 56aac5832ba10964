import { Module } from '@nestjs/common';
import { InquiryService } from './inquiry.service.js';
import { LocalKnowledge } from './local-knowledge.js';
import { QueryAsker } from './query-asker.js';
import { QueryMemory } from './query-memory.js';
import { QueryService } from './query.service.js';
import { RoutesRepository } from './routes.repository.js';
import { RoutingController } from './routing.controller.js';
import { RoutingService } from './routing.service.js';

@Module({
  controllers: [RoutingController],
  providers: [
    QueryMemory,
    RoutesRepository,
    LocalKnowledge,
    InquiryService,
    QueryAsker,
    QueryService,
    RoutingService,
  ],
  exports: [RoutingService, InquiryService],
})
export class RoutingModule {}
