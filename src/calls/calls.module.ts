import { Module } from '@nestjs/common';
import { CallReceiver } from './call-receiver.js';
import { ChallengeController } from './challenge.controller.js';
import { ChallengeService } from './challenge.service.js';
import { PeerCaller } from './peer-caller.js';

@Module({
  controllers: [ChallengeController],
  providers: [CallReceiver, PeerCaller, ChallengeService],
  exports: [CallReceiver, PeerCaller, ChallengeService],
})
export class CallsModule {}
