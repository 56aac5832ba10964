import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import { isAbsent, neighborOf, type Link } from './link-facts.js';
import { LinksRepository, type LinkChange, type NewLink } from './links.repository.js';
import { LivenessService } from './liveness.service.js';
import type { Neighbor } from './neighbor-choice.js';

/** The neighbours at one moment. */
export interface LinksNow {
  readonly all: readonly Link[];
  /** Those that count in a decision. */
  readonly present: readonly Neighbor<string>[];
  /** Those that stay until somebody needs the place. */
  readonly absent: readonly Link[];
}

/** Who is linked to us. One change is decided and written at a time, and none waits for another server. */
@Injectable()
export class NeighborLinks {
  private readonly changes = new Mutex();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: LinksRepository,
    private readonly liveness: LivenessService,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  async now(): Promise<LinksNow> {
    const all = await this.repository.links();
    const nowMs = this.clock.now();
    const isGone = ({ peer }: Link): boolean =>
      isAbsent(peer, { isDown: this.liveness.isDown(peer.serverUuid), nowMs });
    const present = all.filter((link) => !isGone(link)).map((link) => neighborOf(link, this.config));
    return { all, present, absent: all.filter(isGone) };
  }

  /** Carries out what is decided; a ninth neighbour takes the place of an absent one. Answers the outcome. */
  change<T>(decide: (now: LinksNow) => LinkChange & { readonly outcome: T }): Promise<T> {
    return this.changes.run(async () => {
      const now = await this.now();
      const { outcome, drop = [], put = [] } = decide(now);
      await this.carryOut(now, { drop: [...drop, ...leaversFor(now, { drop, put })], put });
      return outcome;
    });
  }

  /** Resolves when all that was begun is written. */
  idle(): Promise<void> {
    return this.changes.idle();
  }

  private async carryOut({ all }: LinksNow, change: Required<LinkChange>): Promise<void> {
    if (change.drop.length === 0 && change.put.length === 0) return;
    const { added, dropped } = await this.repository.apply(change, this.clock.now());
    for (const { peer } of all) if (dropped.includes(peer.serverUuid)) this.tell('neighbor.removed', peer);
    for (const { peer } of change.put) if (added.includes(peer.serverUuid)) this.tell('neighbor.added', peer);
  }

  private tell(
    event: 'neighbor.added' | 'neighbor.removed',
    { serverUuid, serverId }: NewLink['peer'],
  ): void {
    this.events.emit(event, { serverUuid, serverId });
  }
}

/** Of those that may go as many as newcomers have no room, whoever was linked for longest first. */
function leaversFor({ all, absent }: LinksNow, { drop, put }: Required<LinkChange>): string[] {
  const stay = all.filter(({ peer }) => !drop.includes(peer.serverUuid));
  const isLinked = new Set(stay.map(({ peer }) => peer.serverUuid));
  const newcomers = put.filter(({ peer }) => !isLinked.has(peer.serverUuid)).length;
  if (newcomers === 0) return [];
  const uuids = absent.map(({ peer }) => peer.serverUuid).filter((serverUuid) => isLinked.has(serverUuid));
  return uuids.slice(0, Math.max(0, stay.length + newcomers - MAX_NEIGHBORS));
}
