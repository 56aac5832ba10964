import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { decodeBody } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import type { JsonValue } from '../protocol/json.js';
import { MAX_REASON_LENGTH } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { wireText } from '../protocol/wire-types.js';
import type { Identity } from './identity.js';
import { IdentityService } from './identity.service.js';

const rotateBody = z.object({
  reason: z.enum(['scheduled', 'compromise_suspected', 'upgrade']).default('scheduled'),
});
const revokeBody = z.object({ reason: wireText(0, MAX_REASON_LENGTH), confirm: z.literal('permanently') });

@Controller('api/v1')
export class IdentityController {
  constructor(private readonly identity: IdentityService) {}

  @Get('announcement')
  @OpenToPeers()
  @Header('content-type', 'application/json')
  async announcement(): Promise<string> {
    return (await this.identity.announcement()).text;
  }

  @Get('identity')
  show(): object {
    return describe(this.identity.self);
  }

  @Post('identity/rotate-key')
  @HttpCode(200)
  async rotateKey(@Body() body: JsonValue | undefined): Promise<object> {
    const { reason } = decodeBody(rotateBody, body);
    return describe(await this.identity.rotateKey(reason));
  }

  /** Cannot be undone, so the caller says so in the body: `confirm` is `permanently`. */
  @Post('identity/revoke')
  @HttpCode(200)
  async revoke(@Body() body: JsonValue | undefined): Promise<object> {
    const { reason } = decodeBody(revokeBody, body);
    return describe(await this.identity.revoke(reason));
  }
}

function describe(identity: Identity): object {
  return {
    server_id: identity.serverId,
    server_uuid: identity.serverUuid,
    fingerprint: identity.fingerprint,
    created_at: formatTimestamp(identity.createdAt),
    ...(identity.revokedAt === null ? {} : { revoked_at: formatTimestamp(identity.revokedAt) }),
  };
}
