import { decideLink } from '../neighbors/link-policy.js';
import {
  areOthersToBeHad,
  ENOUGH_NEIGHBORS,
  crowdedOut,
  decideFeeler,
  isCrowding,
  ASKS,
  nextChoice,
  OTHERS_SAMPLED,
  sampleFor,
  type Candidate,
  type Choice,
  type Neighbor,
  type Sampled,
} from '../neighbors/neighbor-choice.js';
import type { Random } from '../platform/random.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import type { VirtualClock } from './virtual-clock.js';
import type { Population } from './population.js';

const OTHERS: Sampled = { atRandom: OTHERS_SAMPLED, longestKnown: 0 };

export interface OverlayParts {
  readonly population: Population;
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Numbers of the servers in a server's directory; itself may be among them. */
  readonly directory: (server: number) => ArrayLike<number>;
  /** Whether a call gets through, and the caller does not hold the other for down. */
  readonly canAsk: (server: number, other: number) => boolean;
  /** Told of each link that is made, and of the bytes of asking for one. */
  readonly onAsked?: (server: number, other: number) => void;
}

/** Who is whose neighbour: the choices of `neighbor-choice` and `link-policy`, made by every server. */
export class Overlay {
  readonly #links: Neighbor<number>[][];
  /** Their numbers alone, in the same order: looked at far more often, and close together in memory. */
  readonly #ids: number[][];
  readonly #yieldedAtMs: (number | null)[];
  readonly #networks: readonly string[];
  readonly #domains: readonly string[];
  /** By birth, the oldest first, and each server's place in that order. */
  readonly #byAge: Int32Array;
  readonly #rank: Int32Array;
  /** Counts the samples drawn, and in which of them each server last was: nobody is in one twice. */
  #samples = 0;
  readonly #drawnAt: Int32Array;

  constructor(private readonly parts: OverlayParts) {
    const { size, network, domain, bornMs } = parts.population;
    this.#links = Array.from({ length: size }, () => []);
    this.#ids = Array.from({ length: size }, () => []);
    this.#yieldedAtMs = new Array<number | null>(size).fill(null);
    this.#networks = namesOf('network', network);
    this.#domains = namesOf('domain', domain);
    this.#drawnAt = new Int32Array(size);
    this.#byAge = Int32Array.from({ length: size }, (_, server) => server).sort(
      (one, other) => bornMs[one]! - bornMs[other]! || one - other,
    );
    this.#rank = new Int32Array(size);
    this.#byAge.forEach((server, place) => (this.#rank[server] = place));
  }

  neighborsOf(server: number): readonly Neighbor<number>[] {
    return this.#links[server]!;
  }

  /** Of its neighbours; the list changes when they do. */
  neighborIds(server: number): readonly number[] {
    return this.#ids[server]!;
  }

  isLinked(server: number, other: number): boolean {
    return this.#ids[server]!.includes(other);
  }

  /** Asks until no place is free, nobody fits, or many have said that they are full. */
  fill(server: number): void {
    const free = MAX_NEIGHBORS - this.#ids[server]!.length;
    if (free <= 0) return;
    const candidates = this.#sample(server, sampleFor(free));
    for (let asks = 0; asks < ASKS; asks += 1) {
      const choice = nextChoice({
        neighbors: this.#links[server]!,
        candidates,
        draw: this.parts.random.uniform(),
        nowMs: this.parts.clock.now(),
      });
      if (choice === null) return;
      const place = candidates.findIndex(({ id }) => id === choice.id);
      const [candidate] = candidates.splice(place, 1);
      this.#ask(server, candidate!, choice);
    }
  }

  /** What a server does to its list at every gossip round. */
  gossipRound(server: number): void {
    const links = this.#links[server]!;
    const place = links.findIndex(({ role }) => role === 'feeler');
    if (place >= 0) {
      const feeler = links[place]!;
      if (decideFeeler(links) === 'stays') links[place] = { ...feeler, role: 'random' };
      else this.part(server, feeler.id);
    }
    if (links.some((neighbor) => neighbor.chosenBy === 'us' && isCrowding(neighbor, links))) {
      const out = crowdedOut({ neighbors: this.#links[server]!, candidates: this.#sample(server, OTHERS) });
      if (out !== null) this.part(server, out.id);
    }
    this.fill(server);
  }

  /** Ends a link on both sides: the other hears of it at the next exchange. */
  part(server: number, other: number): void {
    this.#remove(server, other);
    this.#remove(other, server);
  }

  /** A server that asks another to be its neighbour, as it pleases. */
  ask(server: number, other: number): void {
    this.#ask(server, this.#candidate(server, other), { id: other, role: 'random' });
  }

  #ask(server: number, candidate: Candidate<number>, { id, role }: Choice<number>): void {
    const { canAsk, onAsked } = this.parts;
    if (!canAsk(server, id) || this.isLinked(server, id)) return;
    onAsked?.(server, id);
    if (!this.#accepts(id, server, role === 'feeler')) return;
    this.#add(server, { ...candidate, role, chosenBy: 'us' });
  }

  /** The other's side. The hostile are never full. */
  #accepts(server: number, callerNumber: number, isFeeler: boolean): boolean {
    if (this.isLinked(server, callerNumber)) return true;
    const links = this.#links[server]!;
    const caller = this.#candidate(server, callerNumber);
    if (this.parts.population.isHostile[server] === 0) {
      const decision = decideLink({
        neighbors: links,
        caller,
        isFeeler,
        isInNeed: this.#ids[callerNumber]!.length < ENOUGH_NEIGHBORS,
        othersToBeHad: isCrowding(caller, links) && areOthersToBeHad(links, this.#sample(server, OTHERS)),
        yieldedAtMs: this.#yieldedAtMs[server]!,
        nowMs: this.parts.clock.now(),
      });
      if (decision.type === 'full') return false;
      if (decision.yielded) this.#yieldedAtMs[server] = this.parts.clock.now();
      if (decision.replaces !== null) this.part(server, decision.replaces);
    }
    this.#add(server, { ...caller, role: 'random', chosenBy: 'them' });
    return true;
  }

  #add(server: number, neighbor: Neighbor<number>): void {
    this.#links[server]!.push(neighbor);
    this.#ids[server]!.push(neighbor.id);
  }

  #remove(server: number, other: number): void {
    const place = this.#ids[server]!.indexOf(other);
    if (place < 0) return;
    this.#links[server]!.splice(place, 1);
    this.#ids[server]!.splice(place, 1);
  }

  /** Of a server's directory, in random order. The longest known are drawn among those that came before the server itself. */
  #sample(server: number, { atRandom, longestKnown }: Sampled): Candidate<number>[] {
    const { directory, random, canAsk } = this.parts;
    const known = directory(server);
    const drawn: number[] = [];
    const sample = (this.#samples += 1);
    const take = (other: number | undefined): void => {
      if (other === undefined || other === server || this.#drawnAt[other] === sample) return;
      if (!canAsk(server, other)) return;
      this.#drawnAt[other] = sample;
      drawn.push(other);
    };
    if (known.length <= 2 * (atRandom + longestKnown)) {
      for (let place = 0; place < known.length; place += 1) take(known[place]);
    } else {
      for (let draw = 0; draw < longestKnown; draw += 1) {
        take(this.#byAge[Math.floor(random.uniform() * this.#rank[server]!)]);
      }
      for (let draw = 0; draw < atRandom; draw += 1) take(known[Math.floor(random.uniform() * known.length)]);
    }
    return random.shuffle(drawn).map((other) => this.#candidate(server, other));
  }

  #candidate(server: number, other: number): Candidate<number> {
    const { bornMs } = this.parts.population;
    return {
      id: other,
      network: this.#networks[other]!,
      domain: this.#domains[other]!,
      isPinned: false,
      isProven: true,
      knownSinceMs: Math.max(bornMs[server]!, bornMs[other]!),
    };
  }
}

/** A name for each number, interned as keys of objects are: two of them are told apart by where they are, not by their letters. */
function namesOf(kind: string, numbers: Int32Array): string[] {
  const distinct = [...new Set(numbers)];
  const names = Object.keys(Object.fromEntries(distinct.map((number) => [`${kind} ${number}`, true])));
  const placeOf = new Map(distinct.map((number, place) => [number, place]));
  return Array.from(numbers, (number) => names[placeOf.get(number)!]!);
}
