import { Injectable } from '@nestjs/common';
import { ContactService, type Fetched } from '../admission/contact.service.js';
import { NotVerified } from '../admission/newcomer-verifier.js';
import { ProverService } from '../admission/prover.service.js';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { FederationError, type FederationErrorCode } from '../protocol/errors.js';
import { CONFIDENCE_PER_HOP, DEFAULT_QUERY_HOPS, QUERY_FAN_OUT } from '../protocol/limits.js';
import { firstAccepted, InquiryService, type Answer } from './inquiry.service.js';
import { LocalKnowledge } from './local-knowledge.js';
import { RoutesRepository, type Route } from './routes.repository.js';

export interface FoundRoute {
  readonly route: Route;
  readonly fromCache: boolean;
}

/** Refusals that say no more than "not into this directory, for now": the route itself is proven all the same. */
const HARMLESS: ReadonlySet<FederationErrorCode> = new Set([
  'not_admitted',
  'newcomer_limit',
  'directory_full',
]);

/** Turns a domain into an endpoint that was proved (wire protocol 1.4, `POST /api/v1/route/{domain}`). */
@Injectable()
export class RoutingService {
  constructor(
    private readonly local: LocalKnowledge,
    private readonly routes: RoutesRepository,
    private readonly neighbors: NeighborsService,
    private readonly inquiries: InquiryService,
    private readonly contact: ContactService,
    private readonly prover: ProverService,
  ) {}

  /** @param domain in lower case */
  async resolve(domain: string): Promise<FoundRoute | null> {
    const known = await this.local.lookUp(domain);
    if (known.type === 'found') return known;
    if (known.type === 'refused') return null;
    if (known.type === 'unproven' && (await this.prover.prove(known.peer))) {
      const proven = await this.local.lookUp(domain);
      return proven.type === 'found' ? proven : null;
    }
    return this.askNeighbors(domain);
  }

  /** What a neighbour answered, fetched and verified at the place itself; null where it does not hold. */
  async verify(domain: string, answer: Answer, signal: AbortSignal): Promise<Route | null> {
    if (answer === null || !answer.found || answer.endpointUrl === null) return null;
    const fetched = await this.contact.locate(answer.endpointUrl, domain, signal);
    if (fetched === null || !(await this.agreesWithDirectory(fetched, signal))) return null;
    const { announcement } = fetched;
    return {
      domain,
      serverId: announcement.serverId,
      serverUuid: announcement.serverUuid,
      endpointUrl: announcement.endpoints.federation,
      confidence: answer.confidence * CONFIDENCE_PER_HOP,
    };
  }

  private async askNeighbors(domain: string): Promise<FoundRoute | null> {
    const neighbors = await this.neighbors.active(QUERY_FAN_OUT);
    if (neighbors.length === 0) return null;
    const route = await this.inquiries.ask(
      neighbors,
      { domain, maxHops: DEFAULT_QUERY_HOPS },
      (answers, signal) => firstAccepted(answers, (answer) => this.verify(domain, answer, signal)),
    );
    if (route === null) return null;
    await this.routes.save(route);
    return { route, fromCache: false };
  }

  /** It is treated as a newcomer; what is refused for another reason than admission is no route, nor is a name that it has not proved. */
  private async agreesWithDirectory(fetched: Fetched, signal: AbortSignal): Promise<boolean> {
    try {
      return (
        (await this.contact.introduce(fetched, { type: 'fetched', isVerified: false }, signal)) !== 'pending'
      );
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
      return !(error instanceof NotVerified) && HARMLESS.has(error.code);
    }
  }
}
