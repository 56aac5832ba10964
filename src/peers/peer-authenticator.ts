import { Inject, Injectable } from '@nestjs/common';
import { CATCH_UP_RATE_LIMITER, PEER_RATE_LIMITER, requireRoom } from '../http/rate-limits.js';
import { SignatureVerifier, type SignatureScheme } from '../platform/keys.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { FederationError } from '../protocol/errors.js';
import { BlocklistService } from './blocklist.service.js';
import type { Peer } from './peer.js';

/** What a peer's messages are counted against: those that ask for our directory are many, and cheap. */
export type PeerLimit = 'peer' | 'catch_up';

/**
 * Proves that a message is a peer's own, and counts what the peer sends. The two are apart, because anyone can repeat
 * a peer's message: it is charged to the peer only once it is clear that it was never seen before (wire protocol 1.5).
 */
@Injectable()
export class PeerAuthenticator {
  private readonly limiters: Readonly<Record<PeerLimit, RateLimiter>>;

  constructor(
    private readonly verifier: SignatureVerifier,
    private readonly blocklist: BlocklistService,
    @Inject(PEER_RATE_LIMITER) peer: RateLimiter,
    @Inject(CATCH_UP_RATE_LIMITER) catchUp: RateLimiter,
  ) {
    this.limiters = { peer, catch_up: catchUp };
  }

  /**
   * Whether a server on file may speak here, by its trust and by the blocklist. Its rotations and its revocation are
   * heard all the same: the block follows them.
   *
   * @throws `peer_blocked`, `identity_revoked`
   */
  async requireWelcome(peer: Peer): Promise<void> {
    const isListed = await this.blocklist.isBlocked({ ...peer, fingerprint: () => peer.fingerprint });
    if (isListed || peer.trust === 'blocked')
      throw new FederationError('peer_blocked', 'this server is blocked here');
    if (peer.trust === 'revoked') throw new FederationError('identity_revoked', 'this identity was revoked');
  }

  /**
   * Charges nothing.
   *
   * @param signedText what the signature covers: the canonical form of a message, the base of a request
   * @throws `signature_invalid`; `rate_limited` where the peer sent too much within the minute
   */
  async require(
    peer: Peer,
    signedText: string,
    signature: string,
    { scheme, limit = 'peer' }: { readonly scheme?: SignatureScheme; readonly limit?: PeerLimit } = {},
  ): Promise<void> {
    if (!(await this.verifier.verify(peer.publicKey, signedText, signature, scheme))) {
      throw new FederationError(
        'signature_invalid',
        'the signature does not hold under the key on file for this server',
      );
    }
    requireRoom(this.limiters[limit].check(peer.serverUuid), 'Too many requests of this server');
  }

  /** Counts a proven message that was seen for the first time. */
  charge(peer: Peer, limit: PeerLimit = 'peer'): void {
    this.limiters[limit].charge(peer.serverUuid);
  }
}
