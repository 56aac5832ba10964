import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { IdentityService } from '../identity/identity.service.js';
import { Clock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import { peerExchangeMessage, type PeerExchange } from '../protocol/messages/peer-exchange.js';
import { requireAcceptablePeerExchange } from '../protocol/strict.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PeerAuthenticator } from '../peers/peer-authenticator.js';
import { decideExchange, exchangedNames } from './exchange-policy.js';
import { ExchangesRepository } from './exchanges.repository.js';
import { ReferralService } from './referral.service.js';

/** Takes a PeerExchange from a known peer (wire protocol 1.3). */
@Injectable()
export class PeerExchangeService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly identity: IdentityService,
    private readonly exchanges: ExchangesRepository,
    private readonly referrals: ReferralService,
    private readonly authenticator: PeerAuthenticator,
    private readonly clock: Clock,
  ) {}

  /** Answers who sent it; the names are looked into in the background. @throws what is wrong with it */
  async take(exchange: PeerExchange): Promise<Peer> {
    requireAcceptablePeerExchange(exchange);
    const fromServer = exchange.fromServer.toLowerCase();
    const sender = await this.exchanges.sender(fromServer);
    if (sender === null)
      throw new FederationError('unknown_peer', 'announce yourself first: from_server is not known here');
    const { peer, lastSentAt, lastActedAt } = sender;
    await this.authenticator.requireWelcome(peer);
    const sentAt = parseTimestamp(exchange.timestamp)!;
    const nowMs = this.clock.now();
    const { gossipIntervalMs } = this.config;
    const isProven = peer.provenAt !== null;
    const decision = decideExchange({ nowMs, sentAt, lastSentAt, lastActedAt, gossipIntervalMs, isProven });
    if (decision.type === 'reject') throw new FederationError(decision.code, decision.detail);
    await this.authenticator.require(peer, peerExchangeMessage.signingText(exchange), exchange.signature);
    const acted = decision.type === 'act';
    if (!(await this.exchanges.note(peer.serverUuid, { sentAt, nowMs, acted }))) {
      throw new FederationError('message_replayed', 'this exchange, or a later one, was received before');
    }
    this.authenticator.charge(peer);
    if (acted)
      await this.referrals.refer(
        peer,
        exchangedNames(exchange.peers, [this.identity.self.serverId, fromServer]),
      );
    return peer;
  }
}
