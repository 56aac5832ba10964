import { Module } from '@nestjs/common';
import { AntiEntropyService } from './anti-entropy.service.js';
import { ChangeOffers } from './change-offers.js';
import { DirectoryAnswers } from './directory-answers.js';
import { DirectoryClient } from './directory-client.js';
import { OfferedRecords } from './offered-records.js';
import { RumorIntake } from './rumor-intake.js';
import { RumorMill } from './rumor-mill.js';
import { RumorOutbox } from './rumor-outbox.js';
import { SyncController } from './sync.controller.js';

@Module({
  controllers: [SyncController],
  providers: [
    RumorOutbox,
    RumorMill,
    OfferedRecords,
    RumorIntake,
    DirectoryAnswers,
    DirectoryClient,
    AntiEntropyService,
    ChangeOffers,
  ],
  exports: [AntiEntropyService],
})
export class SyncModule {}
