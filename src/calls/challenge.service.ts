import { Injectable } from '@nestjs/common';
import { requireRoom } from '../http/rate-limits.js';
import { IdentityService } from '../identity/identity.service.js';
import { Clock } from '../platform/clock.js';
import { getFrom } from '../platform/get-from.js';
import { SignatureVerifier } from '../platform/keys.js';
import { PeerHttp } from '../platform/peer-http.js';
import { Random } from '../platform/random.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { MINUTE_MS } from '../protocol/durations.js';
import { endpointPath, type Endpoints } from '../protocol/endpoints.js';
import { FederationError, invalidField } from '../protocol/errors.js';
import { parseJson } from '../protocol/json.js';
import { CLOCK_SKEW_MS, MAX_NONCE_LENGTH, MIN_NONCE_LENGTH } from '../protocol/limits.js';
import { challengeMessage } from '../protocol/messages/challenge.js';
import { formatTimestamp, parseTimestamp } from '../protocol/timestamps.js';
import { isNonce } from './request-signature.js';

const CHALLENGE_PATH = '/api/v1/ext/challenge';

/** Each costs a signature, about a millisecond of a thread of the pool. A server is asked for one when it joins somewhere. */
const CHALLENGES_PER_SOURCE = 30;
/** Of all sources: 2% of one core. */
const CHALLENGES_PER_MINUTE = 1_200;
const MAX_SOURCES = 10_000;
const CHALLENGE_TIMEOUT_MS = 5_000;

/** Who has to hold which key, and where. */
export interface Challenged {
  readonly serverUuid: string;
  readonly publicKey: string;
  readonly endpoints: Endpoints;
}

/** That a server holds its key now, and not only something that the key once signed (wire protocol 2.3). */
@Injectable()
export class ChallengeService {
  private readonly perSource: RateLimiter;
  private readonly inAll: RateLimiter;

  constructor(
    private readonly identity: IdentityService,
    private readonly http: PeerHttp,
    private readonly verifier: SignatureVerifier,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    const rate = { windowMs: MINUTE_MS };
    this.perSource = new RateLimiter(clock, { ...rate, limit: CHALLENGES_PER_SOURCE, maxKeys: MAX_SOURCES });
    this.inAll = new RateLimiter(clock, { ...rate, limit: CHALLENGES_PER_MINUTE, maxKeys: 1 });
  }

  /**
   * Ours.
   * @param source the address, or network, that asks
   * @throws `invalid_field`, `rate_limited`, `own_identity_revoked`
   */
  async answer(nonce: string, source: string): Promise<string> {
    if (!isNonce(nonce))
      throw invalidField('nonce', `must have ${MIN_NONCE_LENGTH} to ${MAX_NONCE_LENGTH} of A-Z a-z 0-9 - _`);
    const { serverUuid, revokedAt } = this.identity.self;
    if (revokedAt !== null)
      throw new FederationError('own_identity_revoked', 'this server has revoked its identity for good');
    requireRoom(this.perSource.charge(source), 'Too many challenges from this address');
    requireRoom(this.inAll.charge('all'), 'Too many challenges at this time');
    const timestamp = formatTimestamp(this.clock.now());
    const answer = await this.identity.sign(challengeMessage, { serverUuid, nonce, timestamp });
    return challengeMessage.encode(answer);
  }

  /** Whether a server signs a nonce of ours with its key, now. @throws `peer_unreachable`, or what is wrong with its answer */
  async holdsKey({ serverUuid, publicKey, endpoints }: Challenged, signal?: AbortSignal): Promise<boolean> {
    const nonce = this.random.uuid();
    const url = endpointPath(endpoints.discovery, `${CHALLENGE_PATH}?nonce=${nonce}`);
    const { text } = await getFrom(this.http, { url, timeoutMs: CHALLENGE_TIMEOUT_MS, signal });
    const answer = challengeMessage.decode(parseJson(text));
    const signedAt = parseTimestamp(answer.timestamp);
    const isOurs = answer.nonce === nonce && answer.serverUuid === serverUuid;
    if (!isOurs || signedAt === null || Math.abs(signedAt - this.clock.now()) > CLOCK_SKEW_MS) return false;
    return this.verifier.verify(publicKey, challengeMessage.signingText(answer), answer.signature);
  }
}
