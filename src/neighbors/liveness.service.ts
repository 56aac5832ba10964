import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EventBus, type DomainEvents } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import type { Peer } from '../peers/peer.js';
import {
  ANSWERED,
  healthMultiplier,
  isProbeDue,
  localHealth,
  mayAccuse,
  type ProbeOutcome,
} from './liveness.js';
import { expire, observe, UP, type Liveness, type Observation } from './suspicion.js';

/** How a neighbour looks from here. Times are epoch milliseconds. */
export interface Sighting {
  readonly state: Liveness<string>['state'];
  readonly sinceMs: number;
  /** The last authenticated exchange since this process began to watch it; null where there was none. */
  readonly heardAtMs: number | null;
}

/** Neighbours that lost their place while down, and were not heard since; one more, and the first of them is forgotten. */
const MAX_LOST = 100;

/** What a probe, and those who were asked to help, found out about one neighbour. */
export interface Finding extends ProbeOutcome {
  readonly serverUuid: string;
  /** UUIDs of those who could not reach it either. */
  readonly confirmedBy: readonly string[];
  /** And of those who could. */
  readonly vouchedBy: readonly string[];
}

interface Watched {
  readonly serverId: string;
  liveness: Liveness<string>;
  sinceMs: number;
  heardAtMs: number | null;
  probedAtMs: number | null;
  isHeardSinceProbe: boolean;
}

/**
 * Which ext neighbours are up (wire protocol 2.6). It is kept in memory: after a restart each is up until it fails to
 * answer, and all are probed at once.
 */
@Injectable()
export class LivenessService implements OnModuleInit, BeforeApplicationShutdown {
  /** Neighbours alone, so it is as bounded as they are. */
  private readonly watched = new Map<string, Watched>();
  /** When they became neighbours, of those that have yet to be watched: they had just been spoken to. */
  private readonly gained = new Map<string, number>();
  private readonly gone = new LRUCache<string, true>({ max: MAX_LOST });
  private score = 0;
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('peer.heartbeat', ({ serverUuid, as }) => this.hear(serverUuid, as)),
      this.events.on('peer.changed', ({ serverUuid, change }) => {
        if (change === 'proven') this.gone.delete(serverUuid);
      }),
      this.events.on('neighbor.added', ({ serverUuid }) => {
        this.gained.set(serverUuid, this.clock.now());
      }),
      this.events.on('neighbor.removed', ({ serverUuid }) => this.forget(serverUuid)),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  /** By how much this server, by its own health, stretches its probes' interval and timeout. */
  get patience(): number {
    return healthMultiplier(this.score);
  }

  /** Whether it is well enough for its word that another is silent to count. */
  get mayAccuse(): boolean {
    return mayAccuse(this.score);
  }

  /** Null for a server that is not watched: no neighbour, or a legacy one. */
  sighting(serverUuid: string): Sighting | null {
    const watched = this.watched.get(serverUuid);
    if (watched === undefined) return null;
    const { liveness, sinceMs, heardAtMs } = watched;
    return { state: liveness.state, sinceMs, heardAtMs };
  }

  isDown(serverUuid: string): boolean {
    return this.gone.has(serverUuid) || this.watched.get(serverUuid)?.liveness.state === 'down';
  }

  /** Those that are down and no neighbours any more. */
  lost(): string[] {
    return [...this.gone.keys()];
  }

  /** All that are down, neighbours or no more. */
  down(): string[] {
    return [...this.watched.keys(), ...this.gone.keys()].filter((serverUuid) => this.isDown(serverUuid));
  }

  /** How many of those watched are in which state. */
  tally(): Readonly<Record<Sighting['state'], number>> {
    const tally = { up: 0, suspect: 0, down: 0 };
    for (const { liveness } of this.watched.values()) tally[liveness.state] += 1;
    return tally;
  }

  /** From here on these neighbours are watched, and no others. */
  watch(neighbors: readonly Peer[]): void {
    const uuids = new Set(neighbors.map(({ serverUuid }) => serverUuid));
    for (const serverUuid of this.watched.keys()) if (!uuids.has(serverUuid)) this.forget(serverUuid);
    const fresh = { liveness: UP, sinceMs: this.clock.now(), probedAtMs: null, isHeardSinceProbe: false };
    for (const { serverUuid, serverId } of neighbors) {
      if (this.watched.has(serverUuid)) continue;
      const heardAtMs = this.gained.get(serverUuid) ?? null;
      this.watched.set(serverUuid, { serverId, heardAtMs, ...fresh });
      this.gained.delete(serverUuid);
    }
  }

  /** Whether it is to be probed now; then it counts as probed. */
  takeTurn(serverUuid: string, intervalMs: number): boolean {
    const watched = this.watched.get(serverUuid);
    if (watched === undefined) return false;
    const nowMs = this.clock.now();
    const { heardAtMs, probedAtMs } = watched;
    const isSuspect = watched.liveness.state === 'suspect';
    const times = { heardAtMs, probedAtMs, intervalMs, nowMs };
    const isDue = isProbeDue({ ...times, isSuspect, localHealth: this.score });
    if (!isDue) return false;
    watched.probedAtMs = nowMs;
    watched.isHeardSinceProbe = false;
    return true;
  }

  /**
   * Judges what one look found out, after our own health: of many that are silent at once, we may be the cause. Then those
   * go down whose time is over: after a pause of the machine none goes unasked.
   */
  judge(findings: readonly Finding[]): void {
    for (const finding of findings) this.tell(finding);
    const silent = findings.filter(({ reached }) => !reached);
    // Those that were reached have told so already, as every answer does.
    for (const finding of silent) this.score = localHealth(this.score, finding);
    for (const { serverUuid, confirmedBy, vouchedBy } of silent) {
      // Others took their time to answer for it, and it was heard meanwhile.
      if (this.watched.get(serverUuid)?.isHeardSinceProbe === true) continue;
      if (this.mayAccuse) this.note(serverUuid, { type: 'silent' });
      for (const by of confirmedBy) this.note(serverUuid, { type: 'confirmed', by });
      for (const by of vouchedBy) this.note(serverUuid, { type: 'vouched', by });
    }
    for (const [serverUuid, watched] of this.watched)
      this.become(serverUuid, watched, expire(watched.liveness, this.clock.now()));
  }

  private hear(serverUuid: string, as: DomainEvents['peer.heartbeat']['as']): void {
    if (as === 'answer') this.score = localHealth(this.score, ANSWERED);
    this.gone.delete(serverUuid);
    this.note(serverUuid, { type: 'heard' });
  }

  private forget(serverUuid: string): void {
    if (this.watched.get(serverUuid)?.liveness.state === 'down') this.gone.set(serverUuid, true);
    this.watched.delete(serverUuid);
    this.gained.delete(serverUuid);
  }

  private tell({ reached, vouchedBy }: Finding): void {
    const outcome = reached ? 'answered' : vouchedBy.length > 0 ? 'vouched' : 'silent';
    this.events.emit('probe.finished', { outcome });
  }

  private note(serverUuid: string, observation: Observation<string>): void {
    const watched = this.watched.get(serverUuid);
    if (watched === undefined) return;
    const nowMs = this.clock.now();
    if (observation.type === 'heard') {
      watched.heardAtMs = nowMs;
      watched.isHeardSinceProbe = true;
    }
    this.become(serverUuid, watched, observe(watched.liveness, observation, nowMs));
  }

  private become(serverUuid: string, watched: Watched, liveness: Liveness<string>): void {
    const before = watched.liveness.state;
    watched.liveness = liveness;
    if (liveness.state === before) return;
    watched.sinceMs = this.clock.now();
    const { serverId } = watched;
    if (liveness.state === 'suspect') this.events.emit('neighbor.suspected', { serverUuid, serverId });
    if (liveness.state === 'down') this.events.emit('neighbor.down', { serverUuid, serverId });
    if (before !== 'up' && liveness.state === 'up')
      this.events.emit('neighbor.up', { serverUuid, serverId, after: before });
  }
}
