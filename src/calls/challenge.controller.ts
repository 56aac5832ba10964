import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { queryText } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { sourceKey, sourceOf } from '../http/source-address.js';
import { ChallengeService } from './challenge.service.js';

@Controller('api/v1/ext')
export class ChallengeController {
  constructor(private readonly challenges: ChallengeService) {}

  @Get('challenge')
  @OpenToPeers()
  @Header('content-type', 'application/json')
  challenge(@Query('nonce') nonce: unknown, @Req() request: Request): Promise<string> {
    return this.challenges.answer(queryText(nonce, 'nonce') ?? '', sourceKey(sourceOf(request)));
  }
}
