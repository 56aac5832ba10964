import { Controller, Get, Param } from '@nestjs/common';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { FederationError } from '../protocol/errors.js';
import { requireUuid } from '../protocol/strict.js';
import { RecordsService } from './records.service.js';

@Controller('api/v1/ext')
export class KeychainController {
  constructor(private readonly records: RecordsService) {}

  /** The record of one server, for whoever has lost track of its keys (wire protocol 2.3). */
  @Get('keychain/:serverUuid')
  @OpenToPeers()
  @AnswersJsonText()
  async keychain(@Param('serverUuid') serverUuid: string): Promise<string> {
    requireUuid('server_uuid', serverUuid);
    const [record] = await this.records.recordsOf([serverUuid]);
    if (record === undefined)
      throw new FederationError('unknown_peer', 'nothing is told here of such a server');
    return record.text;
  }
}
