import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { decodeBody, queryBoolean } from '../http/decode-body.js';
import { FederationError } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { normalizeServerId } from '../protocol/server-id.js';
import { requireServerId } from '../protocol/strict.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { ListedPeer } from './peer.js';
import { describeDetails } from './peer-details.js';
import { PeerDetailsRepository } from './peer-details.repository.js';
import { trustBody, type PeerAnswer, type PeerDetailsAnswer, type TrustAnswer } from './peers-schemas.js';
import { PeersService } from './peers.service.js';

@Controller('api/v1/peers')
export class PeersController {
  constructor(
    private readonly peers: PeersService,
    private readonly details: PeerDetailsRepository,
  ) {}

  @Get()
  async list(
    @Query('active_only') activeOnly: unknown,
    @Query('include_blocked') includeBlocked: unknown,
  ): Promise<PeerAnswer[]> {
    const peers = await this.peers.list({
      activeOnly: queryBoolean(activeOnly, 'active_only', true),
      includeBlocked: queryBoolean(includeBlocked, 'include_blocked', false),
    });
    return peers.map(describe);
  }

  /** Everything known of one server, also of one that is blocked or revoked. */
  @Get(':serverId')
  async show(@Param('serverId') serverId: string): Promise<PeerDetailsAnswer> {
    requireServerId('server_id', serverId);
    const found = await this.details.find(normalizeServerId(serverId));
    if (found === null) throw new FederationError('unknown_peer', 'no such server is known here');
    return describeDetails(found);
  }

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

function describe(peer: ListedPeer): PeerAnswer {
  return {
    server_id: peer.serverId,
    is_neighbor: peer.isNeighbor,
    trust_status: peer.trust,
    last_seen: formatTimestamp(peer.lastSeenAt),
    endpoints: peer.endpoints,
  };
}
