import { Inject, Injectable } from '@nestjs/common';
import { PEER_RATE_LIMITER, RateLimiter, requireRoom } from '../http/rate-limiter.js';
import { SignatureVerifier } from '../platform/keys.js';
import { FederationError } from '../protocol/errors.js';
import type { Peer } from './peer.js';

/** Proves that a first-seen message is a peer's own, and charges it to the peer only then (wire protocol 1.5). */
@Injectable()
export class PeerAuthenticator {
  constructor(
    private readonly verifier: SignatureVerifier,
    @Inject(PEER_RATE_LIMITER) private readonly limiter: RateLimiter,
  ) {}

  /**
   * @param signedText the canonical form that the signature covers
   * @throws `signature_invalid`; `rate_limited` where the peer sent too much within the minute
   */
  async require(peer: Peer, signedText: string, signature: string): Promise<void> {
    if (!(await this.verifier.verify(peer.publicKey, signedText, signature))) {
      throw new FederationError(
        'signature_invalid',
        'the signature does not hold under the key on file for this server',
      );
    }
    requireRoom(this.limiter.charge(peer.serverUuid), 'Too many requests of this server');
  }
}
