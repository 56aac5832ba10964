import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { EXCHANGE_SAMPLE_SIZE, GOSSIP_FAN_OUT } from '../protocol/limits.js';
import { peerExchangeMessage } from '../protocol/messages/peer-exchange.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { GossipSender } from './gossip-sender.js';

export interface RoundOutcome {
  readonly sent: number;
  readonly failed: number;
}

/** Tells a few neighbours, again and again, who we are and whom we know (wire protocol 1.6). */
@Injectable()
export class GossipService implements OnModuleInit, BeforeApplicationShutdown {
  private subscriptions: readonly (() => void)[] = [];
  private lastRound: number | null = null;

  constructor(
    private readonly identity: IdentityService,
    private readonly neighbors: NeighborsService,
    private readonly peers: PeersService,
    private readonly sender: GossipSender,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /** A new neighbour is told at once, so that two servers that just met know each other before the next round. */
  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('neighbor.added', ({ serverUuid }) => this.greet(serverUuid)),
      this.events.on('identity.changed', async ({ change }) => {
        if (change === 'renamed' || change === 'moved') await this.round();
      }),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  /** When the last round ended here, in epoch milliseconds; null before the first. */
  get lastRoundAt(): number | null {
    return this.lastRound;
  }

  async round(): Promise<RoundOutcome> {
    const targets = this.identity.self.revokedAt === null ? await this.neighbors.active(GOSSIP_FAN_OUT) : [];
    const outcome = await this.tell(targets);
    this.lastRound = this.clock.now();
    this.events.emit('round.finished', outcome);
    return outcome;
  }

  private async greet(serverUuid: string): Promise<void> {
    const peer = await this.peers.findByUuid(serverUuid);
    if (peer !== null && this.identity.self.revokedAt === null) await this.tell([peer]);
  }

  /** Our announcement to each of them, then whom we know. */
  private async tell(targets: readonly Peer[]): Promise<RoundOutcome> {
    if (targets.length === 0) return { sent: 0, failed: 0 };
    const { text } = await this.identity.announcement();
    const exchange = await this.exchange();
    const results = await Promise.all(
      targets.map(async ({ endpoints }) => {
        const announced = await this.sender.send(endpoints.discovery, 'announcement', text);
        if (announced.type === 'unreachable') return false;
        const exchanged = await this.sender.send(endpoints.discovery, 'peer_exchange', exchange);
        return announced.type === 'accepted' && exchanged.type === 'accepted';
      }),
    );
    const sent = results.filter(Boolean).length;
    return { sent, failed: results.length - sent };
  }

  /** A random sample of whom we know (wire protocol 1.3, PeerExchange). */
  private async exchange(): Promise<string> {
    const message = await this.identity.sign(peerExchangeMessage, {
      version: '1.0',
      fromServer: this.identity.self.serverId,
      peers: await this.peers.sampleNames(EXCHANGE_SAMPLE_SIZE),
      timestamp: formatTimestamp(this.identity.stamp()),
    });
    return peerExchangeMessage.encode(message);
  }
}
