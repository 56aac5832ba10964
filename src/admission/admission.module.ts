import { Module } from '@nestjs/common';
import { AdmissionService } from './admission.service.js';
import { AdmissionsController } from './admissions.controller.js';
import { VerdictsRepository } from './verdicts.repository.js';
import { VerdictsService } from './verdicts.service.js';
import { AnnouncementIntake } from './announcement-intake.js';
import { CallBack } from './call-back.js';
import { CheckQueue } from './check-queue.js';
import { CheckedPlaces } from './checked-places.js';
import { ContactService } from './contact.service.js';
import { NewcomerChecks } from './newcomer-checks.service.js';
import { NewcomerQuota } from './newcomer-quota.js';
import { NewcomerVerifier } from './newcomer-verifier.js';
import { PendingNewcomers } from './pending-newcomers.js';
import { ProverService } from './prover.service.js';

@Module({
  controllers: [AdmissionsController],
  providers: [
    NewcomerQuota,
    PendingNewcomers,
    VerdictsRepository,
    VerdictsService,
    AdmissionService,
    AnnouncementIntake,
    CheckedPlaces,
    CheckQueue,
    NewcomerVerifier,
    ContactService,
    CallBack,
    ProverService,
    NewcomerChecks,
  ],
  exports: [AnnouncementIntake, CheckedPlaces, ContactService, ProverService],
})
export class AdmissionModule {}
