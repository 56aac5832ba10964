import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { LinkKeeper } from './link-keeper.js';
import { LinksRepository } from './links.repository.js';
import { NeighborCandidates } from './neighbor-candidates.js';
import type { NeighborPlan } from './neighbor-policy.js';
import { PlannedNeighbors } from './planned-neighbors.js';

/** When the neighbours change: by roles and mutual links, or by the plan of version 1.0 where the extension is off. */
@Injectable()
export class NeighborUpdates implements OnModuleInit, BeforeApplicationShutdown {
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: LinksRepository,
    private readonly candidates: NeighborCandidates,
    private readonly planned: PlannedNeighbors,
    private readonly keeper: LinkKeeper,
    private readonly events: EventBus,
  ) {}

  /**
   * A free place is filled as soon as somebody has answered us: a new server must not wait hours for its first neighbour.
   * One that is down makes room as soon as that is known.
   */
  onModuleInit(): void {
    const chooser = this.config.extensions === 'on' ? this.keeper : this.planned;
    this.subscriptions = [
      this.events.on('peer.changed', async ({ serverUuid, serverId, change }) => {
        if (change === 'proven') await chooser.welcome({ serverUuid, serverId });
      }),
      this.events.on('neighbor.down', () => this.keeper.look()),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  /** The neighbour update of wire protocol 1.6. Answers who came and who left. */
  async update(): Promise<NeighborPlan> {
    await this.candidates.askTheSilent((await this.repository.links()).map(({ peer }) => peer));
    await this.repository.dropUnusable();
    if (this.config.extensions === 'off') return this.planned.update();
    const before = await this.uuids();
    await this.keeper.look();
    const after = await this.uuids();
    return {
      add: after.filter((serverUuid) => !before.includes(serverUuid)),
      drop: before.filter((serverUuid) => !after.includes(serverUuid)),
    };
  }

  private async uuids(): Promise<string[]> {
    return (await this.repository.links()).map(({ peer }) => peer.serverUuid);
  }
}
