import { Module } from '@nestjs/common';
import { DetectionController } from './detection.controller.js';
import { NeighborProber } from './neighbor-prober.js';
import { ProbeAnswers } from './probe-answers.js';
import { ViewService } from './view.service.js';

/** Failure detection: only where the extension is on. */
@Module({
  controllers: [DetectionController],
  providers: [NeighborProber, ProbeAnswers, ViewService],
  exports: [NeighborProber],
})
export class DetectionModule {}
