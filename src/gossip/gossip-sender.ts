import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { PeerHttp } from '../platform/peer-http.js';
import { endpointPath } from '../protocol/endpoints.js';
import { parseJson, type JsonObject } from '../protocol/json.js';
import { gossipEnvelope, type GossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import { formatTimestamp } from '../protocol/timestamps.js';

const SEND_TIMEOUT_MS = 5_000;

/** What became of one gossip message: the peer's status and error code, or `unreachable`. */
export type SendOutcome =
  | { readonly type: 'accepted' }
  | { readonly type: 'refused'; readonly status: number; readonly code: string | null }
  | { readonly type: 'unreachable'; readonly reason: string };

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
      return status === 200 ? { type: 'accepted' } : { type: 'refused', status, code: errorCode(text) };
    } catch (error) {
      return { type: 'unreachable', reason: (error as Error).message };
    }
  }
}

/** This daemon's answers carry a code beside the detail; deployed servers' do not. */
function errorCode(text: string): string | null {
  try {
    const code = (parseJson(text) as JsonObject | null)?.['code'];
    return typeof code === 'string' ? code : null;
  } catch {
    return null;
  }
}
