import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { datedWrongly } from '../protocol/dating.js';
import { FederationError } from '../protocol/errors.js';
import { QUERY_MAX_AGE_MS } from '../protocol/limits.js';
import { domainQueryMessage, type DomainQuery } from '../protocol/messages/domain-query.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import { PeerAuthenticator } from '../peers/peer-authenticator.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';

/** Finds out who asks: the requester of a signed query, once the signature holds (wire protocol 1.3, DomainQuery). */
@Injectable()
export class QueryAsker {
  constructor(
    private readonly peers: PeersService,
    private readonly authenticator: PeerAuthenticator,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /**
   * The proven requester, not yet charged; null where the query is unsigned or its requester unknown.
   *
   * @throws `peer_blocked`, `identity_revoked`, `message_expired`, `message_in_future`, `signature_invalid`, `rate_limited`
   */
  async identify(query: DomainQuery): Promise<Peer | null> {
    if (query.signature === null) return null;
    const peer = await this.peers.findByName(query.requester.toLowerCase());
    if (peer !== null) await this.authenticator.requireWelcome(peer);
    this.requireFresh(query);
    if (peer === null) return null;
    await this.authenticator.require(peer, domainQueryMessage.signingText(query), query.signature);
    return peer;
  }

  /** Counts it, and as a sign of life: once it is clear that the query is not the repetition that anyone could send. */
  charge(asker: Peer): void {
    this.authenticator.charge(asker);
    this.events.emit('peer.heartbeat', { serverUuid: asker.serverUuid });
  }

  private requireFresh(query: DomainQuery): void {
    const signedAt = parseTimestamp(query.timestamp)!;
    const wrong = datedWrongly('query', signedAt, this.clock.now(), QUERY_MAX_AGE_MS);
    if (wrong !== null) throw new FederationError(`message_${wrong.how}`, wrong.detail);
  }
}
