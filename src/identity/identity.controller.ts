import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { decodeBody } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import type { JsonValue } from '../protocol/json.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { revokeBody, rotateBody, type IdentityAnswer } from './identity-schemas.js';
import type { Identity } from './identity.js';
import { IdentityService } from './identity.service.js';

@Controller('api/v1')
export class IdentityController {
  constructor(private readonly identity: IdentityService) {}

  @Get('announcement')
  @OpenToPeers()
  @AnswersJsonText()
  async announcement(): Promise<string> {
    return (await this.identity.announcement()).text;
  }

  @Get('identity')
  show(): IdentityAnswer {
    return describe(this.identity.self);
  }

  @Post('identity/rotate-key')
  @HttpCode(200)
  async rotateKey(@Body() body: JsonValue | undefined): Promise<IdentityAnswer> {
    const { reason } = decodeBody(rotateBody, body);
    return describe(await this.identity.rotateKey(reason));
  }

  @Post('identity/revoke')
  @HttpCode(200)
  async revoke(@Body() body: JsonValue | undefined): Promise<IdentityAnswer> {
    const { reason } = decodeBody(revokeBody, body);
    return describe(await this.identity.revoke(reason));
  }
}

function describe(identity: Identity): IdentityAnswer {
  return {
    server_id: identity.serverId,
    server_uuid: identity.serverUuid,
    fingerprint: identity.fingerprint,
    created_at: formatTimestamp(identity.createdAt),
    ...(identity.revokedAt === null ? {} : { revoked_at: formatTimestamp(identity.revokedAt) }),
  };
}
