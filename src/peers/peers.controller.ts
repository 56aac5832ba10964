import { Body, Controller, Param, Put } from '@nestjs/common';
import { decodeBody } from '../http/decode-body.js';
import { FederationError } from '../protocol/errors.js';
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
    if (!(await this.peers.setTrust(name, trust))) {
      throw new FederationError('unknown_peer', 'no such server is known here, or it revoked its identity');
    }
    return { server_id: name, trust_status: trust };
  }
}
