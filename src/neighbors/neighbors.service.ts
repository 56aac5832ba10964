import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { Random } from '../platform/random.js';
import { GOSSIP_TARGET_AGE_MS, MAX_NEIGHBORS } from '../protocol/limits.js';
import type { Peer } from '../peers/peer.js';
import { LivenessService } from './liveness.service.js';
import { preferringUp } from './liveness.js';
import { planNeighbors, type NeighborPlan } from './neighbor-policy.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import { NeighborsRepository } from './neighbors.repository.js';

/** The few servers that we gossip with and ask (wire protocol 1.6). */
@Injectable()
export class NeighborsService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly changes = new Mutex();
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly repository: NeighborsRepository,
    private readonly candidates: NeighborCandidates,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: EventBus,
  ) {}

  /** A free place is filled as soon as somebody has answered us: a new server must not wait hours for its first neighbour. */
  onModuleInit(): void {
    this.unsubscribe = this.events.on('peer.changed', async ({ serverUuid, change }) => {
      if (change === 'proven') await this.welcome(serverUuid);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    await this.changes.idle();
  }

  /** Neither blocked nor revoked. */
  members(): Promise<Peer[]> {
    return this.repository.members();
  }

  /** Those that speak `ext:1`, in whichever state. */
  async withExtension(): Promise<Peer[]> {
    return (await this.members()).filter((peer) => peer.speaksExt && peer.provenAt !== null);
  }

  /** Those of them that are not down. */
  async speakingExtension(): Promise<Peer[]> {
    return (await this.withExtension()).filter(({ serverUuid }) => !this.liveness.isDown(serverUuid));
  }

  count(): Promise<number> {
    return this.repository.count();
  }

  /** Up to `count` neighbours at random, of those that answered us and were seen within a day: who is up before who is not. */
  async active(count: number): Promise<Peer[]> {
    const seenAfterMs = this.clock.now() - GOSSIP_TARGET_AGE_MS;
    const active = (await this.members()).filter(
      (peer) => peer.provenAt !== null && peer.lastSeenAt >= seenAfterMs,
    );
    const ranked = preferringUp(this.random.shuffle(active), ({ serverUuid }) =>
      this.liveness.sighting(serverUuid),
    );
    return ranked.slice(0, count);
  }

  /** The neighbour update of wire protocol 1.6. */
  async update(): Promise<NeighborPlan> {
    await this.candidates.askTheSilent(await this.members());
    return this.changes.run(async () => {
      await this.repository.dropUnusable();
      const current = (await this.members()).map((peer) => peer.serverUuid);
      const candidates = await this.candidates.find(MAX_NEIGHBORS);
      const [replaceDraw, leaverDraw] = [this.random.uniform(), this.random.uniform()];
      const uuids = candidates.map((peer) => peer.serverUuid);
      return this.carryOut(planNeighbors({ current, candidates: uuids, replaceDraw, leaverDraw }));
    });
  }

  private async welcome(serverUuid: string): Promise<void> {
    await this.changes.run(async () => {
      const current = (await this.members()).map((peer) => peer.serverUuid);
      if (current.includes(serverUuid) || current.length >= MAX_NEIGHBORS) return;
      await this.carryOut({ add: [serverUuid], drop: [] });
    });
  }

  private async carryOut(plan: NeighborPlan): Promise<NeighborPlan> {
    if (plan.add.length === 0 && plan.drop.length === 0) return plan;
    const named = await this.repository.apply(plan, this.clock.now());
    for (const { serverUuid, serverId } of named) {
      this.events.emit(plan.add.includes(serverUuid) ? 'neighbor.added' : 'neighbor.removed', {
        serverUuid,
        serverId,
      });
    }
    return plan;
  }
}
