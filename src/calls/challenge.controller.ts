import { Controller, Get, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { queryText } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { sourceKey, sourceOf } from '../http/source-address.js';
import { ChallengeService } from './challenge.service.js';

@Controller('api/v1/ext')
export class ChallengeController {
  constructor(private readonly challenges: ChallengeService) {}

  @Get('challenge')
  @OpenToPeers()
  @AnswersJsonText()
  challenge(@Query('nonce') nonce: unknown, @Req() request: Request): Promise<string> {
    return this.challenges.answer(queryText(nonce, 'nonce') ?? '', sourceKey(sourceOf(request)));
  }
}
