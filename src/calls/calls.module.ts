import { Module } from '@nestjs/common';
import { CallReceiver } from './call-receiver.js';
import { ChallengeService } from './challenge.service.js';
import { PeerCaller } from './peer-caller.js';

@Module({
  providers: [CallReceiver, PeerCaller, ChallengeService],
  exports: [CallReceiver, PeerCaller, ChallengeService],
})
export class CallsModule {}
