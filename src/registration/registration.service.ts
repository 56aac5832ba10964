import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { EventBus } from '../observability/events.js';
import { PeersService } from '../peers/peers.service.js';
import { FederationError } from '../protocol/errors.js';
import { DEFAULT_QUERY_HOPS, MAX_NEIGHBORS, REGISTRATION_MIN_CONFIDENCE } from '../protocol/limits.js';
import { InquiryService } from '../routing/inquiry.service.js';
import { RoutingService } from '../routing/routing.service.js';
import { registrationConfidence } from './confidence.js';
import type { VerificationAnswer } from './registration-schemas.js';

/** Whether a name is free, and how sure that is (wire protocol 1.4, `domain/verify`). */
export interface Verification {
  readonly domain: string;
  readonly available: boolean;
  /** UUID of the server that holds it. */
  readonly existingOwner: string | null;
  readonly confidence: number;
  readonly serversQueried: number;
  readonly message: string;
}

interface Survey {
  readonly owner: string | null;
  /** All of them, also those silent for so long that they are not asked. */
  readonly neighbors: number;
  readonly asked: number;
  readonly answered: number;
  readonly newPeers: number;
}

/** Claims a name: asks around whether it is free, then renames this server. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly identity: IdentityService,
    private readonly peers: PeersService,
    private readonly neighbors: NeighborsService,
    private readonly inquiries: InquiryService,
    private readonly routing: RoutingService,
    private readonly events: EventBus,
  ) {}

  /** @param domain in lower case @param serverUuid whose name it would be */
  async verify(domain: string, serverUuid: string): Promise<Verification> {
    const holder = await this.localOwner(domain);
    if (holder !== null && holder !== serverUuid) return taken(domain, holder, 0);
    const survey = await this.survey(domain);
    if (survey.owner !== null && survey.owner !== serverUuid)
      return taken(domain, survey.owner, survey.asked);
    const confidence = registrationConfidence(survey.newPeers, survey.answered, survey.neighbors);
    const message =
      survey.asked === 0
        ? 'nobody could be asked: this server has no neighbours that were heard of within a day'
        : `${survey.answered} of ${survey.neighbors} neighbours know of nobody else by this name`;
    return {
      domain,
      available: true,
      existingOwner: holder,
      confidence,
      serversQueried: survey.asked,
      message,
    };
  }

  /**
   * @throws `identity_mismatch`, `name_taken`, `name_unverified`, the latter two with the verification
   */
  async register(domain: string, claimant: { serverUuid: string; publicKey: string }): Promise<Verification> {
    const { self } = this.identity;
    if (claimant.serverUuid !== self.serverUuid || claimant.publicKey !== self.publicKey) {
      throw new FederationError(
        'identity_mismatch',
        'server_uuid and public_key must be those of this server',
      );
    }
    const verification = await this.verify(domain, self.serverUuid);
    const details = { verification: describeVerification(verification) };
    if (!verification.available) throw new FederationError('name_taken', verification.message, { details });
    if (domain !== self.serverId && verification.confidence < REGISTRATION_MIN_CONFIDENCE) {
      const detail = `confidence ${verification.confidence.toFixed(2)} is under ${REGISTRATION_MIN_CONFIDENCE}: ${verification.message}`;
      throw new FederationError('name_unverified', detail, { details });
    }
    if (domain !== self.serverId) await this.identity.rename(domain);
    return verification;
  }

  private async localOwner(domain: string): Promise<string | null> {
    const { self } = this.identity;
    if (domain === self.serverId) return self.serverUuid;
    return (await this.peers.standing('', domain)).nameOwner;
  }

  /** A claim that cannot be proven counts as no answer: one neighbour's word must not take a name, nor free it. */
  private async survey(domain: string): Promise<Survey> {
    const asked = await this.neighbors.active(MAX_NEIGHBORS);
    // Some may have come or gone between the two looks.
    const neighbors = Math.max(asked.length, (await this.neighbors.members()).length);
    if (asked.length === 0) return { owner: null, neighbors, asked: 0, answered: 0, newPeers: 0 };
    let newPeers = 0;
    const unsubscribe = this.events.on('peer.learned', () => void (newPeers += 1));
    try {
      const findings = await this.inquiries.ask(
        asked,
        { domain, maxHops: DEFAULT_QUERY_HOPS },
        (answers, signal) =>
          Promise.all(
            answers.map(async (pending) => {
              const answer = await pending;
              const route = await this.routing.verify(domain, answer, signal);
              return {
                answered: answer !== null && (!answer.found || route !== null),
                owner: route?.serverUuid ?? null,
              };
            }),
          ),
      );
      const answered = findings.filter((finding) => finding.answered).length;
      const owner = findings.find(
        (finding) => finding.owner !== null && finding.owner !== this.identity.self.serverUuid,
      );
      return { owner: owner?.owner ?? null, neighbors, asked: asked.length, answered, newPeers };
    } finally {
      unsubscribe();
    }
  }
}

function taken(domain: string, existingOwner: string, serversQueried: number): Verification {
  const message = 'the name belongs to another server';
  return { domain, available: false, existingOwner, confidence: 1, serversQueried, message };
}

export function describeVerification(verification: Verification): VerificationAnswer {
  return {
    domain: verification.domain,
    available: verification.available,
    collision_detected: !verification.available,
    existing_owner_uuid: verification.existingOwner,
    confidence: verification.confidence,
    servers_queried: verification.serversQueried,
    message: verification.message,
  };
}
