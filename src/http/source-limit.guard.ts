import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { RateLimiter } from '../platform/rate-limiter.js';
import { isOpenToPeers } from './open-to-peers.js';
import { requireRoom, SOURCE_RATE_LIMITER } from './rate-limits.js';
import { sourceKey, sourceOf } from './source-address.js';

/**
 * Charges what is open to peers to its source address (wire protocol 1.5). Administration is not charged: its
 * callers are known, and an application at this machine may ask for many routes.
 */
@Injectable()
export class SourceLimitGuard implements CanActivate {
  constructor(@Inject(SOURCE_RATE_LIMITER) private readonly limiter: RateLimiter) {}

  canActivate(context: ExecutionContext): true {
    if (!isOpenToPeers(context)) return true;
    const source = sourceKey(sourceOf(context.switchToHttp().getRequest<Request>()));
    requireRoom(this.limiter.charge(source), 'Too many requests from this address');
    return true;
  }
}
