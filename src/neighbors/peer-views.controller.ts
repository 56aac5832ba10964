import { Controller, Get, Param, Query } from '@nestjs/common';
import { queryBoolean } from '../http/decode-body.js';
import type { ListedPeer, Peer } from '../peers/peer.js';
import { describeDetails } from '../peers/peer-details.js';
import { PeerDetailsRepository } from '../peers/peer-details.repository.js';
import type { PeerAnswer } from '../peers/peers-schemas.js';
import { PeersService } from '../peers/peers.service.js';
import { FederationError } from '../protocol/errors.js';
import { normalizeServerId } from '../protocol/server-id.js';
import { requireServerId } from '../protocol/strict.js';
import { formatTimestamp, formatTimestampOrNull } from '../protocol/timestamps.js';
import { LivenessService } from './liveness.service.js';
import type { DetailedPeerAnswer, ShownPeerAnswer } from './peer-views-schemas.js';
import { TheirView } from './their-view.js';

/** The directory as the operator sees it (wire protocol 1.4, 2.3). */
@Controller('api/v1/peers')
export class PeerViewsController {
  constructor(
    private readonly peers: PeersService,
    private readonly details: PeerDetailsRepository,
    private readonly liveness: LivenessService,
    private readonly theirs: TheirView,
  ) {}

  @Get()
  async list(
    @Query('active_only') activeOnly: unknown,
    @Query('include_blocked') includeBlocked: unknown,
    @Query('detail') detail: unknown,
  ): Promise<(PeerAnswer | DetailedPeerAnswer)[]> {
    const inDetail = queryBoolean(detail, 'detail', false);
    const peers = await this.peers.list({
      activeOnly: queryBoolean(activeOnly, 'active_only', true),
      includeBlocked: queryBoolean(includeBlocked, 'include_blocked', false),
    });
    return inDetail ? peers.map((peer) => this.describeMore(peer)) : peers.map(describe);
  }

  /** Everything known of one server, also of one that is blocked or revoked. */
  @Get(':serverId')
  async show(@Param('serverId') serverId: string): Promise<ShownPeerAnswer> {
    requireServerId('server_id', serverId);
    const found = await this.details.find(normalizeServerId(serverId));
    if (found === null) throw new FederationError('unknown_peer', 'no such server is known here');
    const seenByIt = await this.theirs.of(found);
    return { ...describeDetails(found), ...this.standing(found), seen_by_it: seenByIt };
  }

  private describeMore(peer: ListedPeer): DetailedPeerAnswer {
    return {
      ...describe(peer),
      server_uuid: peer.serverUuid,
      proven_at: formatTimestampOrNull(peer.provenAt),
      introduced_by: peer.introducedBy,
      speaks_extension: peer.speaksExt,
      role: peer.role,
      chosen_by: peer.chosenBy,
      ...this.standing(peer),
    };
  }

  private standing({ serverUuid }: Peer): Pick<DetailedPeerAnswer, 'state' | 'state_since' | 'last_heard'> {
    const sighting = this.liveness.sighting(serverUuid);
    return {
      state: sighting?.state ?? null,
      state_since: formatTimestampOrNull(sighting?.sinceMs ?? null),
      last_heard: formatTimestampOrNull(sighting?.heardAtMs ?? null),
    };
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
