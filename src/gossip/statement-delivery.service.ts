import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { LivenessService } from '../neighbors/liveness.service.js';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { GossipSender, type SendOutcome } from './gossip-sender.js';
import { retryDelayMs } from './retry-policy.js';
import { StatementDeliveriesRepository, type DueDelivery } from './statement-deliveries.repository.js';

const MAX_CONCURRENT = 8;

/**
 * Brings our key rotations and our revocation to every peer that knew us when we made them, each until it has
 * taken it: a peer that missed a rotation would refuse all that we sign from then on (wire protocol 1.3).
 */
@Injectable()
export class StatementDeliveryService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runs = new Mutex();
  private readonly log: Logger;
  private subscriptions: readonly (() => void)[] = [];
  private stopping = false;

  constructor(
    private readonly deliveries: StatementDeliveriesRepository,
    private readonly sender: GossipSender,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'deliveries' });
  }

  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('identity.changed', ({ change }) =>
        change === 'rotated' || change === 'revoked' ? this.deliverDue() : undefined,
      ),
      this.events.on('daemon.stopping', () => void (this.stopping = true)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.stopping = true;
    await this.runs.idle();
  }

  /** Delivers what is due, in order for each peer, until nothing more is; those that are down have to wait for the others. */
  async deliverDue(): Promise<void> {
    await this.runs.run(async () => {
      while (!this.stopping) {
        const due = await this.deliveries.due(this.clock.now(), MAX_CONCURRENT, this.liveness.down());
        if (due.length === 0) return;
        await Promise.all(due.map((delivery) => this.deliver(delivery)));
      }
    });
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const outcome = await this.sender.send(delivery.discoveryUrl, delivery.kind, delivery.body);
    const { kind, serverId } = delivery;
    if (isSettled(outcome)) {
      await this.deliveries.taken(delivery);
      this.log.info('A peer has taken a statement of ours', { kind, peer: serverId });
      return;
    }
    // It was we who hung up: the next start tries again at once.
    if (this.stopping) return;
    const delayMs = retryDelayMs(delivery.attempts + 1);
    await this.deliveries.postpone(delivery, this.clock.now() + delayMs);
    this.log.warn('A peer has yet to take a statement of ours', {
      kind,
      peer: serverId,
      outcome,
      retryInMinutes: delayMs / 60_000,
    });
  }
}

/**
 * A peer that does not know us holds no key of ours to replace: it learns the new one first-hand. One that holds us
 * revoked, by a statement that it had from others before the rotations came, takes nothing more.
 */
function isSettled(outcome: SendOutcome): boolean {
  if (outcome.type !== 'refused') return outcome.type === 'accepted';
  return outcome.code === 'unknown_peer' || outcome.code === 'identity_revoked';
}
