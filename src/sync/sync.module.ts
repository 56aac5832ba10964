import { Module } from '@nestjs/common';
import { CatchUpService } from './catch-up.service.js';
import { DirectoryAnswers } from './directory-answers.js';
import { DirectoryClient } from './directory-client.js';
import { RumorIntake } from './rumor-intake.js';
import { RumorMill } from './rumor-mill.js';
import { RumorOutbox } from './rumor-outbox.js';
import { SyncController } from './sync.controller.js';

@Module({
  controllers: [SyncController],
  providers: [RumorOutbox, RumorMill, RumorIntake, DirectoryAnswers, DirectoryClient, CatchUpService],
  exports: [CatchUpService],
})
export class SyncModule {}
