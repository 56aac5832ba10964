import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Caller, FromExtPeers } from '../calls/ext-peers.guard.js';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { requireBody } from '../http/decode-body.js';
import type { Peer } from '../peers/peer.js';
import type { JsonValue } from '../protocol/json.js';
import { linkAnswer, linkMessage } from '../protocol/messages/ext/link.js';
import { LinkAnswers } from './link-answers.js';

/** Who is whose neighbour (wire protocol 2.5). */
@Controller('api/v1/ext')
export class LinksController {
  constructor(private readonly answers: LinkAnswers) {}

  @Post('link')
  @FromExtPeers()
  @HttpCode(200)
  @AnswersJsonText()
  async link(@Caller() caller: Peer, @Body() body: JsonValue | undefined): Promise<string> {
    const asked = linkMessage.decode(requireBody(body));
    return linkAnswer.encode({ linked: await this.answers.answer(caller, asked) });
  }
}
