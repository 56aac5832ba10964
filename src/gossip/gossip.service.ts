import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { PROTOCOL_VERSION } from '../protocol/extensions.js';
import { EXCHANGE_SAMPLE_SIZE, GOSSIP_FAN_OUT } from '../protocol/limits.js';
import { peerExchangeMessage } from '../protocol/messages/peer-exchange.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { doubtsOurClock } from './clock-doubt.js';
import { GossipSender, type SendOutcome } from './gossip-sender.js';

export interface RoundOutcome {
  readonly sent: number;
  readonly failed: number;
}

/** What one neighbour made of our announcement, and of our exchange. */
interface Told {
  readonly announced: SendOutcome;
  readonly exchanged: SendOutcome;
}

/** Tells a few neighbours, again and again, who we are and whom we know (wire protocol 1.6). */
@Injectable()
export class GossipService implements OnModuleInit, BeforeApplicationShutdown {
  private subscriptions: readonly (() => void)[] = [];
  private lastRound: number | null = null;
  private clockDoubted = false;
  private inVain = 0;

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

  /** Whether the neighbours of the last round that could judge our clock found it wrong. */
  get isClockDoubted(): boolean {
    return this.clockDoubted;
  }

  /** Rounds in a row in which there were neighbours to tell, and none took our announcement. */
  get roundsInVain(): number {
    return this.inVain;
  }

  async round(): Promise<RoundOutcome> {
    const targets = this.identity.self.revokedAt === null ? await this.neighbors.active(GOSSIP_FAN_OUT) : [];
    const results = await this.tell(targets);
    const sent = results.filter(isWholly).length;
    const outcome = { sent, failed: results.length - sent };
    const announced = results.map((told) => told.announced);
    this.clockDoubted = doubtsOurClock(announced);
    if (announced.some(({ type }) => type === 'accepted')) this.inVain = 0;
    else if (announced.length > 0) this.inVain += 1;
    this.lastRound = this.clock.now();
    this.events.emit('round.finished', outcome);
    return outcome;
  }

  private async greet(serverUuid: string): Promise<void> {
    const peer = await this.peers.findByUuid(serverUuid);
    if (peer !== null && this.identity.self.revokedAt === null) await this.tell([peer]);
  }

  /** Our announcement to each of them, then whom we know. */
  private async tell(targets: readonly Peer[]): Promise<Told[]> {
    if (targets.length === 0) return [];
    const { text } = await this.identity.announcement();
    const exchange = await this.exchange();
    return Promise.all(
      targets.map(async ({ endpoints }) => {
        const announced = await this.sender.send(endpoints.discovery, 'announcement', text);
        if (announced.type === 'unreachable') return { announced, exchanged: announced };
        const exchanged = await this.sender.send(endpoints.discovery, 'peer_exchange', exchange);
        return { announced, exchanged };
      }),
    );
  }

  /** A random sample of whom we know (wire protocol 1.3, PeerExchange). */
  private async exchange(): Promise<string> {
    const message = await this.identity.sign(peerExchangeMessage, {
      version: PROTOCOL_VERSION,
      fromServer: this.identity.self.serverId,
      peers: await this.peers.sampleNames(EXCHANGE_SAMPLE_SIZE),
      timestamp: formatTimestamp(this.identity.stamp()),
    });
    return peerExchangeMessage.encode(message);
  }
}

function isWholly({ announced, exchanged }: Told): boolean {
  return announced.type === 'accepted' && exchanged.type === 'accepted';
}
