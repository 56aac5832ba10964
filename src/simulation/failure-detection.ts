import { jittered, TASK_SPREAD } from '../maintenance/task.js';
import {
  chooseHelpers,
  healthMultiplier,
  isProbeDue,
  localHealth,
  mayAccuse,
  probeLookMs,
  PROBE_TIMEOUT_MS,
} from '../neighbors/liveness.js';
import { expire, observe, UP, type Liveness, type Observation } from '../neighbors/suspicion.js';
import type { Random } from '../platform/random.js';
import { PROBE_INTERVAL_MS } from '../protocol/limits.js';
import type { SimulatedNetwork } from './network.js';
import { SIZES } from './sizes.js';

export interface DetectionParts {
  readonly network: SimulatedNetwork;
  readonly random: Random;
  readonly neighborsOf: (server: number) => readonly number[];
  /** Without it every server thinks that it is well: the control. */
  readonly withLocalHealth: boolean;
  readonly onDown: (server: number, other: number) => void;
  readonly onSuspect?: (server: number, other: number) => void;
}

/** What a server has noticed of another. */
interface Watched {
  liveness: Liveness<number>;
  heardAtMs: number | null;
  probedAtMs: number | null;
}

/** Every server's watch over its neighbours (wire protocol 2.6): the decisions of `suspicion` and `liveness`, probes between them. */
export class FailureDetection {
  readonly health: Uint8Array;
  readonly #watched: (Map<number, Watched> | undefined)[] = [];

  constructor(private readonly parts: DetectionParts) {
    this.health = new Uint8Array(parts.network.size);
  }

  start(server: number): void {
    const { network, random } = this.parts;
    const lookMs = probeLookMs(PROBE_INTERVAL_MS);
    const tick = (delayMs: number): void => {
      network.clock.after(delayMs, () => {
        if (network.isDead[server] === 1) return;
        this.#tick(server);
        tick(jittered(lookMs, TASK_SPREAD, random.uniform()));
      });
    };
    tick(random.uniform() * lookMs);
  }

  /** Any authenticated exchange is a heartbeat; an answer to our own call is as good as one to a probe. */
  heard(server: number, other: number, as: 'caller' | 'answer' = 'caller'): void {
    if (as === 'answer') this.#judge(server, { reached: true, helpersAsked: 0, helpersAnswered: 0 });
    const watched = this.#watched[server]?.get(other);
    // Of those whom it never probes, nothing is remembered.
    if (watched === undefined) return;
    watched.heardAtMs = this.parts.network.clock.now();
    if (watched.liveness.state !== 'up') this.#observe(server, other, { type: 'heard' });
  }

  /** As if the simulation had begun earlier. */
  wasHeard(server: number, other: number, atMs: number): void {
    this.#watch(server, other).heardAtMs = atMs;
  }

  /** A call that was not answered is as good as a probe. */
  silent(server: number, other: number): void {
    if (this.parts.neighborsOf(server).includes(other)) this.#askOthers(server, other);
  }

  holdsDown(server: number, other: number): boolean {
    return this.#watched[server]?.get(other)?.liveness.state === 'down';
  }

  /** Whom a server holds for down. */
  downFor(server: number): number[] {
    const watched = [...(this.#watched[server] ?? [])];
    return watched.flatMap(([other, { liveness }]) => (liveness.state === 'down' ? [other] : []));
  }

  forget(server: number): void {
    this.#watched[server] = undefined;
  }

  #tick(server: number): void {
    // Whoever turns out to be down is a neighbour no more.
    for (const other of [...this.parts.neighborsOf(server)]) {
      const watched = this.#watch(server, other);
      const nowMs = this.parts.network.clock.now();
      const facts = {
        heardAtMs: watched.heardAtMs,
        probedAtMs: watched.probedAtMs,
        intervalMs: PROBE_INTERVAL_MS,
        localHealth: this.health[server]!,
        isSuspect: watched.liveness.state === 'suspect',
        nowMs,
      };
      if (isProbeDue(facts)) this.#probe(server, other);
      this.#expire(server, other);
    }
  }

  #probe(server: number, other: number): void {
    const { network } = this.parts;
    this.#watch(server, other).probedAtMs = network.clock.now();
    network.call({
      from: server,
      to: other,
      bytes: SIZES.empty,
      timeoutMs: PROBE_TIMEOUT_MS * healthMultiplier(this.health[server]!),
      handle: () => {
        this.heard(other, server);
        return { bytes: SIZES.empty, value: true };
      },
      done: (answer) => {
        if (answer === null) return this.#askOthers(server, other);
        this.heard(server, other, 'answer');
      },
    });
  }

  /** After a failed probe: what do three others see? */
  #askOthers(server: number, other: number): void {
    const { network, random, neighborsOf } = this.parts;
    if (mayAccuse(this.health[server]!)) this.#observe(server, other, { type: 'silent' });
    const up = neighborsOf(server).filter((id) => this.#watch(server, id).liveness.state === 'up');
    const helpers = chooseHelpers(random.shuffle(up), other);
    let [pending, answered] = [helpers.length, 0];
    const finish = (): void =>
      this.#judge(server, { reached: false, helpersAsked: helpers.length, helpersAnswered: answered });
    if (pending === 0) finish();
    for (const helper of helpers) {
      this.#askHelper(server, helper, other, (reachable) => {
        if (reachable !== null) {
          answered += 1;
          this.#observe(server, other, { type: reachable ? 'vouched' : 'confirmed', by: helper });
        }
        pending -= 1;
        if (pending === 0) finish();
      });
    }
    network.clock.after(0, () => this.#expire(server, other));
  }

  /** `ext/probe`: the helper answers when it knows, so its answer takes two calls. */
  #askHelper(server: number, helper: number, other: number, done: (reachable: boolean | null) => void): void {
    const { network } = this.parts;
    const patienceMs = 2.5 * PROBE_TIMEOUT_MS * healthMultiplier(this.health[server]!);
    let isOver = false;
    const finish = (reachable: boolean | null): void => {
      if (isOver) return;
      isOver = true;
      if (reachable !== null) this.heard(server, helper);
      done(reachable);
    };
    network.clock.after(patienceMs, () => finish(null));
    network.post(server, helper, SIZES.empty, () => {
      this.heard(helper, server);
      network.call({
        from: helper,
        to: other,
        bytes: SIZES.empty,
        timeoutMs: PROBE_TIMEOUT_MS,
        handle: () => ({ bytes: SIZES.empty, value: true }),
        done: (answer) => {
          // One who is unwell itself had better not judge.
          if (answer === null && !mayAccuse(this.health[helper]!)) return;
          network.post(helper, server, SIZES.empty, () => finish(answer !== null));
        },
      });
    });
  }

  #judge(server: number, outcome: Parameters<typeof localHealth>[1]): void {
    if (this.parts.withLocalHealth) this.health[server] = localHealth(this.health[server]!, outcome);
  }

  #observe(server: number, other: number, observation: Observation<number>): void {
    const watched = this.#watch(server, other);
    const before = watched.liveness;
    watched.liveness = observe(watched.liveness, observation, this.parts.network.clock.now());
    if (before.state === 'up' && watched.liveness.state === 'suspect') this.parts.onSuspect?.(server, other);
  }

  #expire(server: number, other: number): void {
    const watched = this.#watch(server, other);
    const after = expire(watched.liveness, this.parts.network.clock.now());
    if (after === watched.liveness) return;
    watched.liveness = after;
    this.parts.onDown(server, other);
  }

  #watch(server: number, other: number): Watched {
    const all = (this.#watched[server] ??= new Map<number, Watched>());
    let watched = all.get(other);
    if (watched === undefined) {
      // A new neighbour has just been spoken to.
      watched = { liveness: UP, heardAtMs: this.parts.network.clock.now(), probedAtMs: null };
      all.set(other, watched);
    }
    return watched;
  }
}
