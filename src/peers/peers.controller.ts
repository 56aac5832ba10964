import { Body, Controller, Param, Put } from '@nestjs/common';
import { decodeBody } from '../http/decode-body.js';
import type { JsonValue } from '../protocol/json.js';
import { normalizeServerId } from '../protocol/server-id.js';
import { requireServerId } from '../protocol/strict.js';
import { trustBody, type TrustAnswer } from './peers-schemas.js';
import { PeersService } from './peers.service.js';

@Controller('api/v1/peers')
export class PeersController {
  constructor(private readonly peers: PeersService) {}

  /** Revocation is the owner's alone, so it cannot be set here. */
  @Put(':serverId/trust')
  async setTrust(
    @Param('serverId') serverId: string,
    @Body() body: JsonValue | undefined,
  ): Promise<TrustAnswer> {
    const { trust } = decodeBody(trustBody, body);
    requireServerId('server_id', serverId);
    const name = normalizeServerId(serverId);
    const block = await this.peers.setTrust(name, trust);
    const answer = { server_id: name, trust_status: trust };
    if (block === null) return answer;
    const { kind, identifier } = block;
    return { ...answer, still_blocked_by: { kind, identifier } };
  }
}
