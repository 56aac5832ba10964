import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { queryText, requireBody } from '../http/decode-body.js';
import type { JsonValue } from '../protocol/json.js';
import { exportedPeersMessage, peerListMessage } from '../protocol/messages/peer-list.js';
import { requireUuid } from '../protocol/strict.js';
import { PeerListsService } from './peer-lists.service.js';
import type { ImportedAnswer } from './records-schemas.js';

@Controller('api/v1/peer-lists')
export class PeerListsController {
  constructor(private readonly lists: PeerListsService) {}

  @Get()
  @AnswersJsonText()
  async exportPage(@Query('after') given: unknown): Promise<string> {
    const after = queryText(given, 'after') ?? null;
    if (after !== null) requireUuid('after', after);
    return exportedPeersMessage.encode(await this.lists.page(after));
  }

  @Post('import')
  @HttpCode(200)
  async importList(@Body() body: JsonValue | undefined): Promise<ImportedAnswer> {
    const { refused, ...counts } = await this.lists.take(peerListMessage.decode(requireBody(body)));
    return {
      ...counts,
      refused: refused.map(({ serverUuid, code }) => ({ server_uuid: serverUuid, code })),
    };
  }
}
