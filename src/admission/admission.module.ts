import { Module } from '@nestjs/common';
import { AdmissionService } from './admission.service.js';
import { AnnouncementIntake } from './announcement-intake.js';
import { CatchUpService } from './catch-up.service.js';
import { ContactService } from './contact.service.js';
import { NewcomerQuota } from './newcomer-quota.js';
import { ProverService } from './prover.service.js';

@Module({
  providers: [
    CatchUpService,
    NewcomerQuota,
    AdmissionService,
    AnnouncementIntake,
    ContactService,
    ProverService,
  ],
  exports: [AnnouncementIntake, ContactService, ProverService],
})
export class AdmissionModule {}
