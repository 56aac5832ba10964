import { Injectable } from '@nestjs/common';
import { NeighborsService } from '../neighbors/neighbors.service.js';
import { Clock } from '../platform/clock.js';
import { CONFIDENCE_PER_HOP, MAX_NEIGHBORS, MAX_QUERY_HOPS, QUERY_FAN_OUT } from '../protocol/limits.js';
import type { DomainQuery } from '../protocol/messages/domain-query.js';
import type { DomainResponse } from '../protocol/messages/domain-response.js';
import { requireAcceptableDomainQuery } from '../protocol/strict.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { firstAccepted, InquiryService } from './inquiry.service.js';
import { LocalKnowledge } from './local-knowledge.js';
import { QueryAsker } from './query-asker.js';
import { QueryMemory } from './query-memory.js';
import { forwardedHops } from './route-policy.js';
import type { Route } from './routes.repository.js';

/** Answers other servers' domain queries: from local knowledge, else by asking on (wire protocol 1.3, DomainQuery). */
@Injectable()
export class QueryService {
  constructor(
    private readonly memory: QueryMemory,
    private readonly asker: QueryAsker,
    private readonly local: LocalKnowledge,
    private readonly neighbors: NeighborsService,
    private readonly inquiries: InquiryService,
    private readonly clock: Clock,
  ) {}

  /** @param onProven is told who asks, once the signature holds */
  async answer(query: DomainQuery, onProven: (asker: Peer) => void): Promise<DomainResponse> {
    requireAcceptableDomainQuery(query);
    if (!this.memory.isNew(query.queryId)) return this.response(query, null);
    const asker = await this.asker.identify(query);
    if (asker !== null) onProven(asker);
    if (!this.memory.note(query.queryId, asker !== null)) return this.response(query, null);
    if (asker !== null) this.asker.charge(asker);
    const known = await this.local.lookUp(query.domain);
    if (known.type === 'found') return this.response(query, { ...known.route, hopCount: 0 });
    // An unsigned query could come from anyone, in anyone's name: it is never passed on.
    if (asker === null || known.type === 'refused') return this.response(query, null);
    return this.response(query, await this.askOn(query, asker));
  }

  private async askOn(query: DomainQuery, asker: Peer): Promise<Finding | null> {
    const maxHops = forwardedHops(query.maxHops);
    if (maxHops < 1) return null;
    const neighbors = await this.neighbors.active(MAX_NEIGHBORS);
    const others = neighbors
      .filter(({ serverUuid }) => serverUuid !== asker.serverUuid)
      .slice(0, QUERY_FAN_OUT);
    if (others.length === 0) return null;
    const { domain, queryId } = query;
    return this.inquiries.ask(others, { domain, maxHops, queryId }, (answers) =>
      firstAccepted(answers, (answer) => {
        if (answer === null || !answer.found || answer.serverId === null || answer.endpointUrl === null)
          return null;
        const { serverId, endpointUrl } = answer;
        const hopCount = Math.min(Math.max(0, answer.hopCount), MAX_QUERY_HOPS) + 1;
        return { serverId, endpointUrl, hopCount, confidence: answer.confidence * CONFIDENCE_PER_HOP };
      }),
    );
  }

  private response(query: DomainQuery, finding: Finding | null): DomainResponse {
    return {
      queryId: query.queryId,
      domain: query.domain,
      found: finding !== null,
      serverId: finding?.serverId ?? null,
      endpointUrl: finding?.endpointUrl ?? null,
      hopCount: finding?.hopCount ?? 0,
      confidence: finding?.confidence ?? 0,
      timestamp: formatTimestamp(this.clock.now()),
    };
  }
}

type Finding = Pick<Route, 'serverId' | 'endpointUrl' | 'confidence'> & { readonly hopCount: number };
