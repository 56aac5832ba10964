import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config/config.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { FederationError } from '../protocol/errors.js';
import { isAdminToken, presentedTokens } from './admin-token.js';
import { decideAdministration, REFUSAL_DETAILS, type AdministrationFacts } from './administration.js';
import { isOpenToPeers } from './open-to-peers.js';
import { ProxyCheck } from './proxy-check.js';
import { notesOf } from './request-notes.js';
import { requireRoom, WRONG_TOKEN_LIMITER } from './rate-limits.js';
import { sourceKey, sourceOf } from './source-address.js';

/** Wrong admin tokens a minute and source: enough for a slip of the hand, hopeless for guessing 16 characters. */
export const WRONG_TOKENS_PER_MINUTE = 10;

/** Keeps everything that is not marked OpenToPeers for the operator (wire protocol 1.5). */
@Injectable()
export class AdministrationGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly proxyCheck: ProxyCheck,
    @Inject(WRONG_TOKEN_LIMITER) private readonly wrongTokens: RateLimiter,
  ) {}

  canActivate(context: ExecutionContext): true {
    if (isOpenToPeers(context)) return true;
    const request = context.switchToHttp().getRequest<Request>();
    // What the operator sees is nobody else's, also not from the cache of a proxy on the way.
    context.switchToHttp().getResponse<Response>().setHeader('Cache-Control', 'no-store');
    const decision = decideAdministration({
      token: this.#judgeToken(request),
      socketAddress: request.socket.remoteAddress,
      target: request.originalUrl,
      headers: request.headersDistinct,
      isSwitchedOff: this.proxyCheck.isOff,
    });
    if (decision.allowed) {
      notesOf(request).isAdministration = true;
      return true;
    }
    if (decision.reason === 'switched_off') this.proxyCheck.noteTurnedAway(request.originalUrl);
    throw new FederationError('not_allowed', REFUSAL_DETAILS[decision.reason]);
  }

  /** A source with too many wrong tokens is refused before its next one is compared, right or wrong. */
  #judgeToken(request: Request): AdministrationFacts['token'] {
    const { adminToken } = this.config;
    if (adminToken === null) return 'not_configured';
    const presented = presentedTokens(request.headersDistinct);
    if (presented.length === 0) return 'absent';
    const source = sourceKey(sourceOf(request));
    requireRoom(this.wrongTokens.check(source), 'Too many wrong admin tokens from this address');
    if (isAdminToken(presented, adminToken)) return 'right';
    this.wrongTokens.charge(source);
    return 'wrong';
  }
}
