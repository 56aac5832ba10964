import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { BodyBudget } from '../http/body-budget.js';
import { readBody } from '../http/body-reader.js';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import { PeerAuthenticator, type PeerLimit } from '../peers/peer-authenticator.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { Clock } from '../platform/clock.js';
import { endpointPath } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { isDigestOf } from './content-digest.js';
import { judgeFreshness } from './freshness.js';
import { NonceMemory } from './nonce-memory.js';
import { readSignature, targetUri, type PresentedSignature } from './request-signature.js';

/** A request whose caller is certain. */
export interface ProvenCall {
  readonly caller: Peer;
  readonly body: JsonValue | undefined;
  /** When it was signed, by the caller's clock, in whole seconds (epoch milliseconds). */
  readonly createdMs: number;
}

const NONCES_FULL_RETRY_SECONDS = 60;
/** The time of a request has no fractions, so one second after the start every request is of now. */
const AFTER_START_RETRY_SECONDS = 1;

/** Finds out who calls (wire protocol 2.1), in the order of what it costs, and only then reads what he sent. */
@Injectable()
export class CallReceiver {
  private readonly nonces: NonceMemory;

  constructor(
    private readonly identity: IdentityService,
    private readonly peers: PeersService,
    private readonly authenticator: PeerAuthenticator,
    private readonly budget: BodyBudget,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {
    this.nonces = new NonceMemory(clock);
  }

  /** @throws a coded FederationError for whatever is wrong with it; what a stranger can cause changes nothing */
  async receive(request: Request, limit: PeerLimit): Promise<ProvenCall> {
    requirePath(request.originalUrl);
    const presented = readSignature(request.headersDistinct);
    const caller = await this.callerOf(presented);
    this.requireFresh(presented);
    const { discovery } = this.identity.announcedEndpoints;
    const base = presented.baseFor({
      method: request.method,
      targetUri: targetUri(endpointPath(discovery, request.originalUrl)),
    });
    await this.authenticator.require(caller, base, presented.signature, { scheme: 'request', limit });
    this.takeNonce(caller, presented.nonce);
    this.authenticator.charge(caller, limit);
    const body = await readBody(request, this.budget, (bytes) => requireDigest(presented, bytes));
    this.events.emit('peer.heartbeat', { serverUuid: caller.serverUuid });
    return { caller, body, createdMs: presented.created };
  }

  private async callerOf({ keyId }: PresentedSignature): Promise<Peer> {
    const peer = await this.peers.findByUuid(keyId);
    if (peer === null) throw new FederationError('unknown_peer', 'the caller is not in the directory here');
    await this.authenticator.requireWelcome(peer);
    return peer;
  }

  private requireFresh(presented: PresentedSignature): void {
    const times = { nowMs: this.clock.now(), startedAtMs: this.nonces.beganAt };
    const freshness = judgeFreshness(presented, times);
    if (freshness.type === 'fresh') return;
    const { code, detail } = freshness;
    const extra = code === 'not_ready' ? { retryAfterSeconds: AFTER_START_RETRY_SECONDS } : {};
    throw new FederationError(code, detail, extra);
  }

  private takeNonce({ serverUuid, provenAt }: Peer, nonce: string): void {
    switch (this.nonces.take(serverUuid, nonce, provenAt !== null)) {
      case 'taken':
        return;
      case 'repeated':
        throw new FederationError('message_replayed', 'a request with this nonce was taken before');
      case 'full':
        throw new FederationError('rate_limited', 'Too many signed requests at this time', {
          retryAfterSeconds: NONCES_FULL_RETRY_SECONDS,
        });
    }
  }
}

/** HTTP allows a whole URL, too; what a caller signs is a path under our own base. */
function requirePath(target: string): void {
  if (!target.startsWith('/'))
    throw new FederationError('malformed_request', 'the request target must be a path');
}

function requireDigest({ contentDigest }: PresentedSignature, body: Buffer): void {
  if (!isDigestOf(contentDigest, body))
    throw new FederationError('digest_mismatch', 'Content-Digest has no sha-256 of the body as it arrived');
}
