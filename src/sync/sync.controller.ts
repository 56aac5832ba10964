import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Caller, FromExtPeers } from '../calls/ext-peers.guard.js';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { requireBody } from '../http/decode-body.js';
import type { Peer } from '../peers/peer.js';
import type { JsonValue } from '../protocol/json.js';
import { changesAnswer, changesMessage } from '../protocol/messages/ext/changes.js';
import { digestAnswer, digestMessage } from '../protocol/messages/ext/digest.js';
import { recordsMessage } from '../protocol/messages/ext/records.js';
import { rumorAnswer, rumorMessage } from '../protocol/messages/ext/rumor.js';
import { DirectoryAnswers } from './directory-answers.js';
import { RumorIntake } from './rumor-intake.js';

/** Spreading (wire protocol 2.3, 2.5). */
@Controller('api/v1/ext')
export class SyncController {
  constructor(
    private readonly rumors: RumorIntake,
    private readonly answers: DirectoryAnswers,
  ) {}

  @Post('rumor')
  @FromExtPeers()
  @HttpCode(200)
  @AnswersJsonText()
  async rumor(@Caller() caller: Peer, @Body() body: JsonValue | undefined): Promise<string> {
    return rumorAnswer.encode({
      want: await this.rumors.take(caller, rumorMessage.decode(requireBody(body))),
    });
  }

  @Post('changes')
  @FromExtPeers('catch_up')
  @HttpCode(200)
  @AnswersJsonText()
  async changes(@Body() body: JsonValue | undefined): Promise<string> {
    return changesAnswer.encode(await this.answers.changes(changesMessage.decode(requireBody(body))));
  }

  @Post('digest')
  @FromExtPeers('catch_up')
  @HttpCode(200)
  @AnswersJsonText()
  async digest(@Body() body: JsonValue | undefined): Promise<string> {
    return digestAnswer.encode(await this.answers.digest(digestMessage.decode(requireBody(body))));
  }

  @Post('records')
  @FromExtPeers('catch_up')
  @HttpCode(200)
  @AnswersJsonText()
  async records(@Body() body: JsonValue | undefined): Promise<string> {
    const { serverUuids } = recordsMessage.decode(requireBody(body));
    return this.answers.recordsOf(serverUuids);
  }
}
