import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { Clock } from '../platform/clock.js';
import { PeerHttp } from '../platform/peer-http.js';
import { Random } from '../platform/random.js';
import { announcementCandidates, endpointPath } from '../protocol/endpoints.js';
import { parseJson } from '../protocol/json.js';
import { domainQueryMessage } from '../protocol/messages/domain-query.js';
import { domainResponseMessage, type DomainResponse } from '../protocol/messages/domain-response.js';
import { requireAcceptableDomainResponse } from '../protocol/strict.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Peer } from '../peers/peer.js';
import { QueryMemory } from './query-memory.js';
import { deadlineMs } from './route-policy.js';

export interface Inquiry {
  readonly domain: string;
  readonly maxHops: number;
  /** The id of the query that is forwarded; a new one where we ask for ourselves. */
  readonly queryId?: string;
  /** For the answers and what is done with them; as long as that many hops may take, where it is not given. */
  readonly timeoutMs?: number;
}

/** A usable answer, found or not; null where none came in time. */
export type Answer = DomainResponse | null;

/** Asks other servers where a domain is (wire protocol 1.3, DomainQuery). Answers are hints: they are unsigned. */
@Injectable()
export class InquiryService {
  constructor(
    private readonly identity: IdentityService,
    private readonly memory: QueryMemory,
    private readonly http: PeerHttp,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /**
   * Asks all of them at once, each under the same deadline, and hands over their answers as they come.
   *
   * @param work is given one promise per peer, none of which rejects; what is left is aborted when it is done
   */
  async ask<T>(
    peers: readonly Peer[],
    inquiry: Inquiry,
    work: (answers: readonly Promise<Answer>[], signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const body = await this.query(inquiry);
    const abort = new AbortController();
    const timer = this.clock.after(timeoutMs(inquiry), () =>
      abort.abort(new Error('the deadline has passed')),
    );
    try {
      const answers = peers.map((peer) => this.askOne(peer, inquiry, body, abort.signal).catch(() => null));
      return await work(answers, abort.signal);
    } finally {
      timer.cancel();
      abort.abort(new Error('the inquiry is over'));
    }
  }

  private async query({ domain, maxHops, queryId = this.random.uuid() }: Inquiry): Promise<string> {
    // Our own comes back to us where our neighbours know each other: then it ends here.
    this.memory.note(queryId, true);
    const query = await this.identity.sign(domainQueryMessage, {
      queryId,
      domain,
      requester: this.identity.self.serverId,
      maxHops,
      timestamp: formatTimestamp(this.clock.now()),
    });
    return domainQueryMessage.encode(query);
  }

  private async askOne(peer: Peer, inquiry: Inquiry, body: string, signal: AbortSignal): Promise<Answer> {
    const url = endpointPath(peer.endpoints.discovery, '/api/v1/domain/query');
    const request = { method: 'POST', url, body, timeoutMs: timeoutMs(inquiry) } as const;
    const { status, text } = await this.http.request(request, signal);
    if (status !== 200) return null;
    const answer = domainResponseMessage.decode(parseJson(text));
    requireAcceptableDomainResponse(answer);
    const isComplete =
      !answer.found || (isCallable(answer.endpointUrl) && answer.serverId?.toLowerCase() === inquiry.domain);
    return answer.domain.toLowerCase() === inquiry.domain && isComplete ? answer : null;
  }
}

function timeoutMs(inquiry: Inquiry): number {
  return inquiry.timeoutMs ?? deadlineMs(inquiry.maxHops);
}

function isCallable(endpointUrl: string | null): boolean {
  return endpointUrl !== null && announcementCandidates(endpointUrl).length > 0;
}

/** The first that `accept` turns into a value, in order of arrival; null where none does. */
export async function firstAccepted<A, T>(
  answers: readonly Promise<A>[],
  accept: (answer: A) => Promise<T | null> | T | null,
): Promise<T | null> {
  const attempts = answers.map(async (answer) => {
    const value = await accept(await answer);
    if (value === null) throw new Error('not accepted');
    return value;
  });
  return Promise.any(attempts).catch(() => null);
}
