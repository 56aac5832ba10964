import { Module } from '@nestjs/common';
import { AnnouncementWriter } from './announcement-writer.js';
import { BlocklistService } from './blocklist.service.js';
import { KeyStatementsService } from './key-statements.service.js';
import { KeyWriter } from './key-writer.js';
import { PeerAuthenticator } from './peer-authenticator.js';
import { PeerDetailsRepository } from './peer-details.repository.js';
import { PeersController } from './peers.controller.js';
import { PeersRepository } from './peers.repository.js';
import { PeersService } from './peers.service.js';
import { IntroductionQuota } from './introduction-quota.js';
import { OwnRecordRepository } from './own-record.repository.js';
import { OwnRecordService } from './own-record.service.js';
import { RecordStandingRepository } from './record-standing.repository.js';
import { RecordVerifier } from './record-verifier.js';
import { RecordWriter } from './record-writer.js';
import { RecordsRepository } from './records.repository.js';
import { RecordsService } from './records.service.js';
import { RefusedRecords } from './refused-records.js';
import { RelayedIntake } from './relayed-intake.js';
import { PeerListsService } from './peer-lists.service.js';
import { PeerListsController } from './peer-lists.controller.js';
import { RecordJudge } from './record-judge.js';
import { RecordMerger } from './record-merger.js';
import { RelayedApplier } from './relayed-applier.js';

@Module({
  controllers: [PeersController, PeerListsController],
  providers: [
    PeersRepository,
    PeerDetailsRepository,
    AnnouncementWriter,
    BlocklistService,
    KeyWriter,
    PeerAuthenticator,
    PeersService,
    KeyStatementsService,
    OwnRecordRepository,
    OwnRecordService,
    RecordsRepository,
    RecordStandingRepository,
    RecordVerifier,
    RecordWriter,
    IntroductionQuota,
    RefusedRecords,
    RecordJudge,
    RelayedApplier,
    RecordMerger,
    RelayedIntake,
    RecordsService,
    PeerListsService,
  ],
  exports: [
    PeersService,
    PeerDetailsRepository,
    PeerAuthenticator,
    KeyStatementsService,
    RecordsService,
    RefusedRecords,
    RelayedIntake,
  ],
})
export class PeersModule {}
