import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { Caller, CallersTime, FromExtPeers } from '../calls/ext-peers.guard.js';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { requireBody } from '../http/decode-body.js';
import type { Peer } from '../peers/peer.js';
import type { JsonValue } from '../protocol/json.js';
import { probeAnswer, probeMessage } from '../protocol/messages/ext/probe.js';
import { viewAnswer } from '../protocol/messages/ext/view.js';
import { ProbeAnswers } from './probe-answers.js';
import { ViewService } from './view.service.js';

/** Who lives (wire protocol 2.3, 2.6). */
@Controller('api/v1/ext')
export class DetectionController {
  constructor(
    private readonly views: ViewService,
    private readonly probes: ProbeAnswers,
  ) {}

  @Get('view')
  @FromExtPeers()
  @AnswersJsonText()
  async view(@Caller() caller: Peer, @CallersTime() timeMs: number): Promise<string> {
    return viewAnswer.encode(await this.views.of(caller, timeMs));
  }

  @Post('probe')
  @FromExtPeers()
  @HttpCode(200)
  @AnswersJsonText()
  async probe(@Caller() caller: Peer, @Body() body: JsonValue | undefined): Promise<string> {
    const { serverUuid } = probeMessage.decode(requireBody(body));
    return probeAnswer.encode(await this.probes.answer(caller, serverUuid));
  }
}
