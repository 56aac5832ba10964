import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { Random } from '../platform/random.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import { planNeighbors, type NeighborPlan } from './neighbor-policy.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import { NeighborsRepository } from './neighbors.repository.js';

/** The neighbours of a server without the extension: the plan of version 1.0 (wire protocol 1.6). */
@Injectable()
export class PlannedNeighbors {
  private readonly changes = new Mutex();

  constructor(
    private readonly repository: NeighborsRepository,
    private readonly candidates: NeighborCandidates,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: EventBus,
  ) {}

  /** Resolves when all that was begun is done. */
  idle(): Promise<void> {
    return this.changes.idle();
  }

  /** The neighbour update of wire protocol 1.6. */
  update(): Promise<NeighborPlan> {
    return this.changes.run(async () => {
      const current = await this.current();
      const candidates = await this.candidates.find(MAX_NEIGHBORS);
      const [replaceDraw, leaverDraw] = [this.random.uniform(), this.random.uniform()];
      const uuids = candidates.map((peer) => peer.serverUuid);
      return this.carryOut(planNeighbors({ current, candidates: uuids, replaceDraw, leaverDraw }));
    });
  }

  async welcome(serverUuid: string): Promise<void> {
    await this.changes.run(async () => {
      const current = await this.current();
      if (current.includes(serverUuid) || current.length >= MAX_NEIGHBORS) return;
      await this.carryOut({ add: [serverUuid], drop: [] });
    });
  }

  private async current(): Promise<string[]> {
    return (await this.repository.members()).map((peer) => peer.serverUuid);
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
