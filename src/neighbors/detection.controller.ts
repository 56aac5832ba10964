import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { Caller, CallersTime, FromExtPeers } from '../calls/ext-peers.guard.js';
import { requireBody } from '../http/decode-body.js';
import type { Peer } from '../peers/peer.js';
import type { JsonValue } from '../protocol/json.js';
import { probeAnswer, probeMessage } from '../protocol/messages/ext/probe.js';
import { viewAnswer } from '../protocol/messages/ext/view.js';
import { ProbeAnswers } from './probe-answers.js';
import { ViewService } from './view.service.js';

const JSON_TYPE = ['content-type', 'application/json'] as const;

/** Who lives (wire protocol 2.3, 2.6). */
@Controller('api/v1/ext')
export class DetectionController {
  constructor(
    private readonly views: ViewService,
    private readonly probes: ProbeAnswers,
  ) {}

  @Get('view')
  @FromExtPeers()
  @Header(...JSON_TYPE)
  async view(@Caller() caller: Peer, @CallersTime() timeMs: number): Promise<string> {
    return viewAnswer.encode(await this.views.of(caller, timeMs));
  }

  @Post('probe')
  @FromExtPeers()
  @HttpCode(200)
  @Header(...JSON_TYPE)
  async probe(@Caller() caller: Peer, @Body() body: JsonValue | undefined): Promise<string> {
    const { serverUuid } = probeMessage.decode(requireBody(body));
    return probeAnswer.encode(await this.probes.answer(caller, serverUuid));
  }
}
