import { Injectable } from '@nestjs/common';
import { ProverService } from '../admission/prover.service.js';
import { requireRoom } from '../http/rate-limits.js';
import type { Peer } from '../peers/peer.js';
import { Clock } from '../platform/clock.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { MINUTE_MS } from '../protocol/durations.js';
import type { MessageOf } from '../protocol/message.js';
import type { linkMessage } from '../protocol/messages/ext/link.js';
import { LinkCandidates, type Prospect } from './link-candidates.js';
import { LinkClient } from './link-client.js';
import type { LinkChange } from './links.repository.js';
import { decideLink } from './link-policy.js';
import { areOthersToBeHad, wouldCrowd } from './neighbor-choice.js';
import { NeighborLinks, type LinksNow } from './neighbor-links.js';

/** A server asks once, and affirms it at each gossip round. */
export const LINKS_PER_CALLER = 10;
const MAX_LINK_CALLERS = 10_000;
/** Callers that have yet to prove where they are cost a call each. */
const LINK_PROOFS_PER_MINUTE = 30;

type Asked = MessageOf<typeof linkMessage>;
type Decided = LinkChange & { readonly outcome: { readonly linked: boolean; readonly left: Peer | null } };

/** The other side of the links between neighbours: who asks us (wire protocol 2.3, `ext/link`). */
@Injectable()
export class LinkAnswers {
  private readonly perCaller: RateLimiter;
  private readonly proofs: RateLimiter;
  private yieldedAtMs: number | null = null;

  constructor(
    private readonly links: NeighborLinks,
    private readonly candidates: LinkCandidates,
    private readonly client: LinkClient,
    private readonly prover: ProverService,
    private readonly clock: Clock,
  ) {
    const rate = { windowMs: MINUTE_MS };
    this.perCaller = new RateLimiter(clock, { ...rate, limit: LINKS_PER_CALLER, maxKeys: MAX_LINK_CALLERS });
    this.proofs = new RateLimiter(clock, { ...rate, limit: LINK_PROOFS_PER_MINUTE, maxKeys: 1 });
  }

  /** Whether the two are linked from here on. @throws `rate_limited` */
  async answer({ serverUuid }: Peer, asked: Asked): Promise<boolean> {
    requireRoom(this.perCaller.charge(serverUuid), 'Too many questions for a link');
    if (!asked.wanted) {
      await this.links.change(() => ({ drop: [serverUuid], outcome: undefined }));
      return false;
    }
    const prospect = await this.provenCaller(serverUuid);
    if (prospect === null) return false;
    const others = await this.othersInstead(prospect);
    const { linked, left } = await this.links.change((now) =>
      this.decide(now, { prospect, asked, othersToBeHad: areOthersToBeHad(now.present, others) }),
    );
    if (left?.speaksExt === true) this.client.part(left);
    return linked;
  }

  private decide(
    { all, present }: LinksNow,
    { prospect, asked, othersToBeHad }: { prospect: Prospect; asked: Asked; othersToBeHad: boolean },
  ): Decided {
    const { peer, candidate } = prospect;
    const decision = decideLink({
      neighbors: present,
      caller: candidate,
      isFeeler: asked.feeler,
      isInNeed: asked.inNeed,
      othersToBeHad,
      yieldedAtMs: this.yieldedAtMs,
      nowMs: this.clock.now(),
    });
    if (decision.type === 'full') return { outcome: { linked: false, left: null } };
    if (decision.yielded) this.yieldedAtMs = this.clock.now();
    const left = all.find((link) => link.peer.serverUuid === decision.replaces)?.peer ?? null;
    const outcome = { linked: true, left };
    if (all.some((link) => link.peer.serverUuid === peer.serverUuid)) return { outcome };
    return {
      put: [{ peer, role: 'random', chosenBy: 'them' }],
      drop: left === null ? [] : [left.serverUuid],
      outcome,
    };
  }

  /** Looked for only where it matters: it reads the directory. */
  private async othersInstead({ candidate }: Prospect): Promise<Prospect['candidate'][]> {
    const { present } = await this.links.now();
    return wouldCrowd(candidate, present) ? this.candidates.others() : [];
  }

  /** Nobody becomes a neighbour before it has answered us (wire protocol 2.4). Null for one that does not, or cannot now. */
  private async provenCaller(serverUuid: string): Promise<Prospect | null> {
    const found = await this.candidates.find(serverUuid);
    if (found === null || found.peer.provenAt !== null) return found;
    if (!this.proofs.charge('all').allowed || !(await this.prover.prove(found.peer))) return null;
    return this.candidates.find(serverUuid);
  }
}
