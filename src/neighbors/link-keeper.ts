import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ProverService } from '../admission/prover.service.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { Random } from '../platform/random.js';
import type { Peer } from '../peers/peer.js';
import { MAX_NEIGHBORS } from '../protocol/limits.js';
import { LinkCandidates, type Prospect } from './link-candidates.js';
import { LinkClient, type LinkOutcome } from './link-client.js';
import {
  areOthersToBeHad,
  crowdedOut,
  decideFeeler,
  ENOUGH_NEIGHBORS,
  isCrowding,
  ASKS,
  nextChoice,
  sampleFor,
  wouldCrowd,
  type Choice,
  type Neighbor,
} from './neighbor-choice.js';
import type { Link } from './link-facts.js';
import type { LinkChange, NewLink } from './links.repository.js';
import { NeighborLinks } from './neighbor-links.js';

/** Of those that others told us of. Each costs a call before it is asked. */
const UNPROVEN_SAMPLED = 4;
/** Servers just proven that wait for their turn to be asked; whoever comes beyond them is found in the directory. */
const MAX_WELCOMES = 8;

/** Our side of the links between neighbours: whom we ask, whom we let go (wire protocol 2.5, 2.6). */
@Injectable()
export class LinkKeeper implements BeforeApplicationShutdown {
  /** One look at a time: each asks other servers, and waits for them. */
  private readonly looks = new Mutex();
  private welcomes = 0;

  constructor(
    private readonly links: NeighborLinks,
    private readonly candidates: LinkCandidates,
    private readonly client: LinkClient,
    private readonly prover: ProverService,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Their calls end when the client's do. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.looks.idle();
    await this.links.idle();
  }

  /** What becomes of the list at every gossip round (wire protocol 2.6). */
  tend(): Promise<void> {
    return this.looks.run(async () => {
      await this.affirm();
      const left = await this.replaceFeeler();
      await this.leaveCrowd();
      const recovered = await this.candidates.recovered();
      if (recovered !== null) await this.fillFrom([recovered]);
      await this.fill(left);
    });
  }

  /** Fills what is free. */
  look(): Promise<void> {
    return this.looks.run(() => this.fill());
  }

  /** The same, for a server with so few neighbours that it cannot wait for the gossip round. */
  async lookInNeed(): Promise<void> {
    if ((await this.links.now()).present.length < ENOUGH_NEIGHBORS) await this.look();
  }

  /** A server has answered us: it may have a free place, unless it would crowd others out. */
  async welcome({ serverUuid }: NewLink['peer']): Promise<void> {
    if (this.welcomes >= MAX_WELCOMES) return;
    this.welcomes += 1;
    try {
      await this.looks.run(() => this.takeIn(serverUuid));
    } finally {
      this.welcomes -= 1;
    }
  }

  private async takeIn(serverUuid: string): Promise<void> {
    const { all, present } = await this.links.now();
    if (present.length >= MAX_NEIGHBORS || all.some(({ peer }) => peer.serverUuid === serverUuid)) return;
    const prospect = await this.candidates.find(serverUuid);
    if (prospect === null || (await this.isUnwelcome(prospect, present))) return;
    await this.fillFrom([prospect]);
  }

  private async isUnwelcome({ candidate }: Prospect, present: readonly Neighbor<string>[]): Promise<boolean> {
    return wouldCrowd(candidate, present) && areOthersToBeHad(present, await this.candidates.others());
  }

  /** Asks those that chose us, or that we chose, whether it still holds: one side alone may have ended it, or lost its database. */
  private async affirm(): Promise<void> {
    const { all, present } = await this.links.now();
    const counted = new Set(present.map(({ id }) => id));
    const asked = all.filter(
      ({ peer, role }) =>
        role !== 'feeler' && counted.has(peer.serverUuid) && peer.speaksExt && peer.provenAt !== null,
    );
    const message = { wanted: true, feeler: false, inNeed: present.length < ENOUGH_NEIGHBORS };
    const outcomes = await Promise.all(asked.map(({ peer }) => this.client.ask(peer, message)));
    const over = asked.filter((_link, place) => outcomes[place] === 'refused');
    const drop = over.map(({ peer }) => peer.serverUuid);
    await this.links.change(() => ({ drop, outcome: undefined }));
  }

  /** Answers who left, if somebody did: it is not to come back at once. Without another to try out, nobody does. */
  private async replaceFeeler(): Promise<string | null> {
    const { all, present } = await this.links.now();
    const feeler = all.find(({ role }) => role === 'feeler');
    if (feeler === undefined) return null;
    const { peer } = feeler;
    if (decideFeeler(present) === 'stays') {
      await this.links.change(({ all: links }) => promotion(links, peer));
      return null;
    }
    if ((await this.sample(1)).length === 0) return null;
    await this.part(peer);
    return peer.serverUuid;
  }

  private async leaveCrowd(): Promise<void> {
    const { all, present } = await this.links.now();
    if (!present.some((one) => one.chosenBy === 'us' && isCrowding(one, present))) return;
    const out = crowdedOut({ neighbors: present, candidates: await this.candidates.others() });
    const link = all.find(({ peer }) => peer.serverUuid === out?.id);
    if (link !== undefined) await this.part(link.peer);
  }

  private async part(peer: Peer): Promise<void> {
    await this.links.change(() => ({ drop: [peer.serverUuid], outcome: undefined }));
    if (peer.speaksExt) this.client.part(peer);
  }

  private async fill(exceptFor: string | null = null): Promise<void> {
    const free = MAX_NEIGHBORS - (await this.links.now()).present.length;
    if (free <= 0) return;
    const prospects = await this.sample(free);
    await this.fillFrom(prospects.filter(({ candidate }) => candidate.id !== exceptFor));
  }

  /** Asks until no place is free, nobody fits, or many have said that they are full. */
  private async fillFrom(prospects: readonly Prospect[]): Promise<void> {
    const left = new Map(prospects.map((prospect) => [prospect.candidate.id, prospect]));
    for (let asks = 0; asks < ASKS && left.size > 0 && !this.client.signal.aborted; asks += 1) {
      await this.keepFeelerInNeed();
      const { present } = await this.links.now();
      const choice = nextChoice({
        neighbors: present,
        candidates: [...left.values()].map(({ candidate }) => candidate),
        draw: this.random.uniform(),
        nowMs: this.clock.now(),
      });
      if (choice === null) return;
      const { peer } = left.get(choice.id)!;
      left.delete(choice.id);
      await this.tryOut(peer, choice, present.length);
    }
  }

  /** A server that knows hardly anybody but from hearsay tries one after the other, not one a round. */
  private async keepFeelerInNeed(): Promise<void> {
    const { all, present } = await this.links.now();
    const feeler = all.find(({ role }) => role === 'feeler');
    if (feeler === undefined || present.length >= ENOUGH_NEIGHBORS || decideFeeler(present) === 'leaves')
      return;
    await this.links.change(({ all: links }) => promotion(links, feeler.peer));
  }

  private async tryOut(peer: Peer, { role }: Choice<string>, neighbors: number): Promise<void> {
    if (peer.provenAt === null && !(await this.prover.prove(peer))) return;
    const isInNeed = neighbors < ENOUGH_NEIGHBORS;
    const outcome = await this.ask(peer, role === 'feeler', isInNeed);
    if (outcome === 'refused' || outcome === 'unanswered') return;
    const isTaken = await this.links.change(({ all, present }) => {
      // It may have asked us meanwhile, and others too.
      const isLinked = all.some((link) => link.peer.serverUuid === peer.serverUuid);
      if (!isLinked && present.length >= MAX_NEIGHBORS) return { outcome: false };
      return { put: [{ peer, role, chosenBy: 'us' }], outcome: true };
    });
    if (!isTaken && outcome === 'linked') this.client.part(peer);
  }

  /** A legacy server knows nothing of links: that we gossip with it is all there is to it. */
  private async ask(peer: Peer, feeler: boolean, inNeed: boolean): Promise<LinkOutcome> {
    return peer.speaksExt ? this.client.ask(peer, { wanted: true, feeler, inNeed }) : 'unsaid';
  }

  private sample(places: number): Promise<Prospect[]> {
    return this.candidates.sample({ ...sampleFor(places), unproven: UNPROVEN_SAMPLED });
  }
}

/** A feeler that is still there takes a lasting place. */
function promotion(
  links: readonly Link[],
  { serverUuid }: Peer,
): LinkChange & { readonly outcome: undefined } {
  const link = links.find(({ peer }) => peer.serverUuid === serverUuid);
  return { put: link === undefined ? [] : [{ ...link, role: 'random' }], outcome: undefined };
}
