import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { PeerHttp } from '../platform/peer-http.js';
import { endpointPath } from '../protocol/endpoints.js';
import { JsonNumber, parseJson, type JsonObject } from '../protocol/json.js';
import { gossipEnvelope, type GossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import { errorCodeIn, fieldIn } from '../protocol/answer-fields.js';
import { formatTimestamp } from '../protocol/timestamps.js';

const SEND_TIMEOUT_MS = 5_000;
const JOIN_RETRY_SECONDS = { least: 1, most: 3_600 };

/** What became of one gossip message: the peer's status and error code, or `unreachable`. */
export type SendOutcome =
  | { readonly type: 'accepted' }
  | { readonly type: 'refused'; readonly status: number; readonly code: string | null }
  | { readonly type: 'unreachable'; readonly reason: string };

/** What became of our wish to join: it may have to be checked first. */
export type JoinOutcome = SendOutcome | { readonly type: 'pending'; readonly retryAfterSeconds: number };

/** Posts signed messages to other servers, in the unsigned envelope of `gossip/receive` (wire protocol 1.3). */
@Injectable()
export class GossipSender {
  private readonly log: Logger;

  constructor(
    private readonly identity: IdentityService,
    private readonly http: PeerHttp,
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'gossip' });
  }

  /** @param signed the message as the JSON text that was signed */
  async send(
    discoveryUrl: string,
    messageType: GossipEnvelope['messageType'],
    signed: string,
  ): Promise<SendOutcome> {
    const outcome = await this.post(discoveryUrl, messageType, signed);
    this.events.emit('gossip.sent', { kind: messageType, outcome: outcome.type });
    // Whom we cannot reach comes back or is replaced; who refuses us has a reason that our operator should know.
    const level = outcome.type === 'refused' ? 'info' : 'debug';
    if (outcome.type !== 'accepted')
      this.log[level]('Another server did not take a message', {
        server: discoveryUrl,
        messageType,
        outcome,
      });
    return outcome;
  }

  /** Asks a server of the extension to admit us (wire protocol 2.4). @param announcement as the JSON text that was signed */
  async join(discoveryUrl: string, announcement: string): Promise<JoinOutcome> {
    const url = endpointPath(discoveryUrl, '/api/v1/ext/join');
    try {
      const request = { method: 'POST', url, body: announcement, timeoutMs: SEND_TIMEOUT_MS } as const;
      const { status, text } = await this.http.request(request);
      if (status === 200) return { type: 'accepted' };
      if (status === 202) return { type: 'pending', retryAfterSeconds: retryAfter(text) };
      return { type: 'refused', status, code: errorCodeIn(text) };
    } catch (error) {
      return { type: 'unreachable', reason: (error as Error).message };
    }
  }

  private async post(
    discoveryUrl: string,
    messageType: GossipEnvelope['messageType'],
    signed: string,
  ): Promise<SendOutcome> {
    const body = gossipEnvelope.encode({
      messageType,
      payload: parseJson(signed) as JsonObject,
      fromServer: this.identity.self.serverId,
      timestamp: formatTimestamp(this.clock.now()),
    });
    const url = endpointPath(discoveryUrl, '/api/v1/gossip/receive');
    try {
      const { status, text } = await this.http.request({
        method: 'POST',
        url,
        body,
        timeoutMs: SEND_TIMEOUT_MS,
      });
      return status === 200 ? { type: 'accepted' } : { type: 'refused', status, code: errorCodeIn(text) };
    } catch (error) {
      return { type: 'unreachable', reason: (error as Error).message };
    }
  }
}

/** What another server says is held to a second and an hour: it might have us hurry, or never come back. */
function retryAfter(text: string): number {
  const seconds = fieldIn(text, 'retry_after');
  const said = seconds instanceof JsonNumber ? seconds.value : 0;
  return Math.min(Math.max(said, JOIN_RETRY_SECONDS.least), JOIN_RETRY_SECONDS.most);
}
