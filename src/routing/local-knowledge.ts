import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { RoutesRepository, type Route } from './routes.repository.js';

export type LocalAnswer =
  | { readonly type: 'found'; readonly route: Route; readonly fromCache: boolean }
  /** On file, but it has yet to answer us: no route until then. */
  | { readonly type: 'unproven'; readonly peer: Peer }
  /** Blocked or revoked: nobody else is asked either. */
  | { readonly type: 'refused' }
  | { readonly type: 'unknown' };

/** What we know of a domain by ourselves: who we are, the directory, the route cache. */
@Injectable()
export class LocalKnowledge {
  constructor(
    private readonly identity: IdentityService,
    private readonly peers: PeersService,
    private readonly routes: RoutesRepository,
  ) {}

  async lookUp(domain: string): Promise<LocalAnswer> {
    const { self, announcedEndpoints } = this.identity;
    if (domain === self.serverId) {
      if (self.revokedAt !== null) return { type: 'refused' };
      return found(domain, self.serverUuid, announcedEndpoints.federation);
    }
    const peer = await this.peers.findByName(domain);
    if (peer?.trust === 'blocked' || peer?.trust === 'revoked') return { type: 'refused' };
    if (peer !== null && peer.provenAt !== null)
      return found(domain, peer.serverUuid, peer.endpoints.federation);
    const route = await this.routes.find(domain);
    // Where others have told of it since, the route was still proven by us.
    if (route !== null && (peer === null || leadsTo(route, peer)))
      return { type: 'found', route, fromCache: true };
    return peer === null ? { type: 'unknown' } : { type: 'unproven', peer };
  }
}

function leadsTo({ serverUuid, endpointUrl }: Route, peer: Peer): boolean {
  return serverUuid === peer.serverUuid && endpointUrl === peer.endpoints.federation;
}

/** First-hand knowledge has full confidence; every hop takes a tenth off (wire protocol 1.3). */
function found(domain: string, serverUuid: string, endpointUrl: string): LocalAnswer {
  const route = { domain, serverId: domain, serverUuid, endpointUrl, confidence: 1 };
  return { type: 'found', route, fromCache: false };
}
