import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import type { Peer } from '../peers/peer.js';
import { Clock } from '../platform/clock.js';
import { PeerHttp, PeerUnreachable, type PeerRequest } from '../platform/peer-http.js';
import { Random } from '../platform/random.js';
import { endpointPath } from '../protocol/endpoints.js';
import { parseJson, type JsonValue } from '../protocol/json.js';
import { REQUEST_LIFETIME_MS } from '../protocol/limits.js';
import { errorCodeIn } from '../protocol/answer-fields.js';
import { contentDigest } from './content-digest.js';
import { prepareSignature, targetUri } from './request-signature.js';

/** For one call, from the name's resolution to the last byte of the answer. */
const CALL_TIMEOUT_MS = 5_000;
/** Signatures are timed in whole seconds: those of the second in which a server started are of before its start. */
const AFTER_START_RETRY_MS = 1_000;

export type CallOutcome =
  /** 200, or 202. */
  | { readonly type: 'ok'; readonly status: number; readonly body: JsonValue }
  /** `code` where the answer has one: this daemon's do. */
  | { readonly type: 'refused'; readonly status: number; readonly code: string | null }
  /** No usable answer. */
  | { readonly type: 'unreachable'; readonly reason: string };

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Whether a server that has only just started is asked once more; as a rule it is. */
  readonly asksAgain?: boolean;
  /** What an answer counts as: that of a helper is reckoned with the probe that it is for (wire protocol 2.6). */
  readonly as?: 'answer' | 'helper';
}

/** Who is called, and where. */
export type Called = Pick<Peer, 'serverUuid' | 'endpoints'>;

/** What docs/nginx/lattice.conf refuses in the daemon's words, also where there is no daemon. */
const OF_A_PROXY = new Set(['not_allowed', 'body_too_large']);

/**
 * Whether a server itself answered, be it with a refusal: its own has a code. What vouches for the answer is the host
 * that was called (TLS), as for all that we fetch.
 */
export function isOwnAnswer(outcome: CallOutcome): boolean {
  if (outcome.type !== 'refused') return outcome.type === 'ok';
  return outcome.code !== null && !OF_A_PROXY.has(outcome.code);
}

/** Calls other ext peers with signed requests (wire protocol 2.1). */
@Injectable()
export class PeerCaller {
  constructor(
    private readonly identity: IdentityService,
    private readonly http: PeerHttp,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: EventBus,
  ) {}

  /** @param path with its leading slash, under the discovery endpoint; with its query, if it has one */
  get(peer: Called, path: string, options?: CallOptions): Promise<CallOutcome> {
    return this.call('GET', peer, path, '', options);
  }

  /** @param body JSON text */
  post(peer: Called, path: string, body: string, options?: CallOptions): Promise<CallOutcome> {
    return this.call('POST', peer, path, body, options);
  }

  /**
   * A server that has only just started is asked once more: it cannot tell a request of that second from a replayed one.
   * Rejects only where we cannot sign (`own_identity_revoked`, `database_unavailable`), or by the reason of the signal.
   */
  private async call(
    method: PeerRequest['method'],
    called: Called,
    path: string,
    body: string,
    options: CallOptions = {},
  ): Promise<CallOutcome> {
    const outcome = await this.callOnce(method, called, path, body, options);
    const hasJustStarted = outcome.type === 'refused' && outcome.code === 'not_ready';
    if (!hasJustStarted || options.asksAgain === false) return outcome;
    await this.clock.sleep(AFTER_START_RETRY_MS, options.signal);
    return this.callOnce(method, called, path, body, options);
  }

  private async callOnce(
    method: PeerRequest['method'],
    { serverUuid, endpoints }: Called,
    path: string,
    body: string,
    { timeoutMs = CALL_TIMEOUT_MS, signal, as = 'answer' }: CallOptions,
  ): Promise<CallOutcome> {
    const url = targetUri(endpointPath(endpoints.discovery, path));
    const headers = await this.sign(method, url, body);
    try {
      const sent = method === 'POST' ? { body } : {};
      const { status, text } = await this.http.request({ method, url, headers, timeoutMs, ...sent }, signal);
      const outcome = outcomeOf(status, text);
      if (isOwnAnswer(outcome)) this.events.emit('peer.heartbeat', { serverUuid, as });
      return outcome;
    } catch (error) {
      if (error instanceof PeerUnreachable) return { type: 'unreachable', reason: error.message };
      throw error;
    }
  }

  private async sign(method: string, url: string, body: string): Promise<Record<string, string>> {
    const created = this.clock.now();
    const { base, headersFor } = prepareSignature(
      { method, targetUri: url, contentDigest: contentDigest(body) },
      {
        created,
        expires: created + REQUEST_LIFETIME_MS,
        nonce: this.random.uuid(),
        keyId: this.identity.self.serverUuid,
      },
    );
    return headersFor(await this.identity.signRequest(base));
  }
}

function outcomeOf(status: number, text: string): CallOutcome {
  if (status !== 200 && status !== 202) return { type: 'refused', status, code: errorCodeIn(text) };
  try {
    return { type: 'ok', status, body: parseJson(text) };
  } catch {
    return { type: 'unreachable', reason: `the answer (${status}) is not JSON` };
  }
}
