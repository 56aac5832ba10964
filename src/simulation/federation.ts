import { jittered, TASK_SPREAD } from '../maintenance/task.js';
import { ENOUGH_NEIGHBORS, SEEK_INTERVAL_MS } from '../neighbors/neighbor-choice.js';
import { chooseLost, LOST_SAMPLE } from '../neighbors/reconnect-policy.js';
import { SeededRandom } from '../platform/random.js';
import {
  GOSSIP_INTERVAL_MS,
  PROBE_INTERVAL_MS,
  REFRESH_INTERVAL_MS,
  SPREADING_SPREAD,
} from '../protocol/limits.js';
import type { RecordState } from '../protocol/records/record.js';
import { AntiEntropy } from './anti-entropy.js';
import { Directories } from './directories.js';
import { FailureDetection } from './failure-detection.js';
import type { FederationOptions } from './federation-options.js';
import { Introductions } from './introductions.js';
import { SimulatedNetwork } from './network.js';
import { Overlay } from './overlay.js';
import { populate, type Population } from './population.js';
import { RumorMill, type MillParts } from './rumor-mill.js';
import { signaturesFor, type Signatures } from './signatures.js';
import { OVERHEAD, SIZES } from './sizes.js';
import { VirtualClock } from './virtual-clock.js';

/** Half an hour of a new network: every server has six neighbours by then, and most seven or eight. */
const SETTLING = { rounds: 3 };

/** Servers that run the production decisions under one clock, on one network. */
export class Federation {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly population: Population;
  readonly network: SimulatedNetwork;
  readonly signatures: Signatures;
  readonly directories: Directories;
  readonly overlay: Overlay;
  readonly detection: FailureDetection;
  readonly mill: RumorMill;
  readonly antiEntropy: AntiEntropy;
  readonly #introductions = new Introductions();
  readonly #material: Int32Array;
  /** Counts a server's starts: the tasks of an earlier life do not go on in the next. */
  readonly #life: Int32Array;

  constructor(private readonly options: FederationOptions) {
    const { nodes, seed, loss, isSettled, firstAgeMs } = options;
    this.clock = new VirtualClock(isSettled ? -SETTLING.rounds * GOSSIP_INTERVAL_MS : 0);
    this.random = new SeededRandom(seed);
    this.population = populate(nodes, this.random);
    this.network = new SimulatedNetwork(this.clock, this.random, nodes, loss);
    this.signatures = signaturesFor(nodes, this.random);
    this.#material = new Int32Array(nodes);
    this.#life = new Int32Array(nodes);
    this.directories = new Directories(
      nodes,
      (server) =>
        this.signatures.record(server, -(firstAgeMs ?? this.random.uniform() * REFRESH_INTERVAL_MS), 0),
      isSettled,
    );
    this.overlay = this.#makeOverlay();
    this.detection = this.#makeDetection();
    const parts = this.#millParts();
    this.mill = new RumorMill(parts);
    this.antiEntropy = new AntiEntropy(parts, this.mill, (server, other) =>
      this.detection.silent(server, other),
    );
  }

  isLive = (server: number): boolean => this.network.isDead[server] === 0;

  live(): number[] {
    return Array.from({ length: this.options.nodes }, (_, server) => server).filter(this.isLive);
  }

  /** Lets every server choose its neighbours, and go through some gossip rounds, before time begins at 0. */
  settle(): void {
    for (let round = 0; round <= SETTLING.rounds; round += 1) {
      for (const server of this.random.shuffle(this.live())) this.overlay.gossipRound(server);
      for (const server of this.live()) this.#fillInNeed(server);
      if (round < SETTLING.rounds) this.clock.runUntil(this.clock.now() + GOSSIP_INTERVAL_MS);
    }
    for (const server of this.live()) {
      this.#fillInNeed(server);
      // As one probe follows the other: each neighbour was heard at some time within the last period.
      for (const id of this.overlay.neighborIds(server)) {
        this.detection.wasHeard(server, id, this.clock.now() - this.random.uniform() * PROBE_INTERVAL_MS);
      }
    }
    this.network.bytesSent.fill(0);
    this.network.messages = 0;
  }

  /** Its periodic work, from now on. */
  start(server: number, tasks: { readonly antiEntropy?: boolean; readonly refresh?: boolean } = {}): void {
    if (tasks.antiEntropy !== false) this.antiEntropy.start(server);
    this.detection.start(server);
    this.#every(server, GOSSIP_INTERVAL_MS, () => this.gossipRound(server));
    this.#every(server, SEEK_INTERVAL_MS, () => this.#fillInNeed(server));
    if (tasks.refresh !== false) this.#refresh(server, this.random.uniform() * REFRESH_INTERVAL_MS);
  }

  /** Signs anew for the network (wire protocol 2.5), as its own clock tells the time. */
  publish(server: number, kind: 'refresh' | 'change' = 'refresh'): RecordState {
    if (kind === 'change') this.#material[server]! += 1;
    const atMs = this.clock.now() + this.#skewMs(server);
    const record = this.signatures.record(server, atMs, this.#material[server]!);
    this.mill.receive(server, { subject: server, record }, server, 'announcement');
    return record;
  }

  /** A server that knows nobody joins through another (wire protocol 2.4). */
  join(server: number, through: number): void {
    const own = this.directories.held(server, server)!;
    const other = this.directories.held(through, through)!;
    this.mill.stateOf(server).arrivals.push(server);
    this.network.charge(server, through, SIZES.record, SIZES.record);
    this.mill.receive(through, { subject: server, record: own }, server, 'announcement');
    this.mill.receive(server, { subject: through, record: other }, through, 'announcement');
    this.overlay.fill(server);
    this.antiEntropy.runWith(server, through);
  }

  gossipRound(server: number): void {
    this.overlay.gossipRound(server);
    this.#reconnect(server);
  }

  kill(server: number): void {
    this.network.isDead[server] = 1;
    this.#life[server]! += 1;
  }

  /** It comes back with its database, and without what was in memory. */
  revive(server: number): void {
    this.network.isDead[server] = 0;
    this.mill.restart(server);
    this.detection.forget(server);
  }

  #makeOverlay(): Overlay {
    const { isLegacy = () => false } = this.options;
    return new Overlay({
      population: this.population,
      clock: this.clock,
      random: this.random,
      directory: (server) => this.directories.knownTo(server),
      canAsk: (server, other) =>
        this.network.isReachable(server, other) &&
        !this.detection.holdsDown(server, other) &&
        isLegacy(server) === isLegacy(other),
      onAsked: (server, other) => {
        this.network.charge(server, other, SIZES.empty, SIZES.empty);
        this.detection.heard(server, other);
        this.detection.heard(other, server);
      },
    });
  }

  #makeDetection(): FailureDetection {
    return new FailureDetection({
      network: this.network,
      random: this.random,
      neighborsOf: (server) => this.overlay.neighborIds(server),
      withLocalHealth: this.options.withLocalHealth ?? true,
      onDown: (server, other) => {
        this.overlay.part(server, other);
        this.overlay.fill(server);
      },
    });
  }

  #millParts(): MillParts {
    const { isLegacy = () => false, onLearnt = () => undefined } = this.options;
    return {
      network: this.network,
      random: this.random,
      directories: this.directories,
      overlay: this.overlay,
      signatures: this.signatures,
      skewMs: (server) => this.#skewMs(server),
      isExt: (server) => !isLegacy(server),
      jitterDraw: () => this.options.jitterDraw ?? this.random.uniform(),
      admits: (server, introducer, cameBy) =>
        this.#introductions.take(server, introducer, cameBy !== 'rumor', this.clock.now()),
      onHeard: (server, other, as) => this.detection.heard(server, other, as),
      onLearnt,
    };
  }

  #fillInNeed(server: number): void {
    if (this.overlay.neighborIds(server).length < ENOUGH_NEIGHBORS) this.overlay.fill(server);
  }

  #skewMs(server: number): number {
    return this.options.skewMs?.(server) ?? 0;
  }

  /** One that is lost is tried at each round: after a long partition nobody else would. */
  #reconnect(server: number): void {
    const { nodes } = this.options;
    const drawn = Array.from({ length: LOST_SAMPLE }, () => Math.floor(this.random.uniform() * nodes));
    const candidates = [...this.detection.downFor(server), ...drawn].flatMap((id) => {
      const lastSeenMs = id === server ? undefined : this.directories.held(server, id)?.announcement?.at;
      return lastSeenMs === undefined
        ? []
        : [{ id, isDown: this.detection.holdsDown(server, id), lastSeenMs }];
    });
    const other = chooseLost(this.random.shuffle(candidates), this.clock.now());
    if (other === null) return;
    this.network.bytesSent[server]! += SIZES.empty + OVERHEAD.request;
    if (!this.network.isReachable(server, other)) return;
    this.network.bytesSent[other]! += SIZES.record + OVERHEAD.answer;
    this.detection.heard(server, other);
    this.detection.heard(other, server);
    this.overlay.ask(server, other);
    this.mill.receive(
      server,
      { subject: other, record: this.directories.held(other, other)! },
      other,
      'announcement',
    );
  }

  #refresh(server: number, delayMs: number): void {
    const life = this.#life[server];
    this.clock.after(delayMs, () => {
      if (this.#life[server] !== life) return;
      this.publish(server);
      this.#refresh(server, jittered(REFRESH_INTERVAL_MS, SPREADING_SPREAD, this.random.uniform()));
    });
  }

  #every(server: number, periodMs: number, run: () => void): void {
    const life = this.#life[server];
    const turn = (delayMs: number): void => {
      this.clock.after(delayMs, () => {
        if (this.#life[server] !== life) return;
        run();
        turn(jittered(periodMs, TASK_SPREAD, this.random.uniform()));
      });
    };
    turn(this.random.uniform() * periodMs);
  }
}
