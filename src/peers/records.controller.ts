import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { queryText, requireBody } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { FederationError } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { exportedPeersMessage, peerListMessage } from '../protocol/messages/peer-list.js';
import { requireUuid } from '../protocol/strict.js';
import { PeerListsService } from './peer-lists.service.js';
import type { ImportedAnswer } from './records-schemas.js';
import { RecordsService } from './records.service.js';

@Controller('api/v1')
export class RecordsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly records: RecordsService,
    private readonly lists: PeerListsService,
  ) {}

  /** The record of one server, for whoever has lost track of its keys (wire protocol 2.3). */
  @Get('ext/keychain/:serverUuid')
  @OpenToPeers()
  @AnswersJsonText()
  async keychain(@Param('serverUuid') serverUuid: string): Promise<string> {
    if (this.config.extensions === 'off')
      throw new FederationError('not_found', 'There is nothing at this address.');
    requireUuid('server_uuid', serverUuid);
    const [record] = await this.records.recordsOf([serverUuid]);
    if (record === undefined)
      throw new FederationError('unknown_peer', 'nothing is told here of such a server');
    return record.text;
  }

  @Get('peer-lists')
  @AnswersJsonText()
  async exportPage(@Query('after') given: unknown): Promise<string> {
    const after = queryText(given, 'after') ?? null;
    if (after !== null) requireUuid('after', after);
    return exportedPeersMessage.encode(await this.lists.page(after));
  }

  @Post('peer-lists/import')
  @HttpCode(200)
  async importList(@Body() body: JsonValue | undefined): Promise<ImportedAnswer> {
    const { refused, ...counts } = await this.lists.take(peerListMessage.decode(requireBody(body)));
    return {
      ...counts,
      refused: refused.map(({ serverUuid, code }) => ({ server_uuid: serverUuid, code })),
    };
  }
}
