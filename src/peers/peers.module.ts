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

@Module({
  controllers: [PeersController],
  providers: [
    PeersRepository,
    PeerDetailsRepository,
    AnnouncementWriter,
    BlocklistService,
    KeyWriter,
    PeerAuthenticator,
    PeersService,
    KeyStatementsService,
  ],
  exports: [PeersService, PeerAuthenticator, KeyStatementsService],
})
export class PeersModule {}
