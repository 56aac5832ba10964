import { Module, type DynamicModule, type ModuleMetadata, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus, type DomainEvents } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { MINUTE_MS } from '../protocol/durations.js';
import { NONCE_MEMORY_MS } from '../protocol/limits.js';
import { AdministrationGuard, WRONG_TOKENS_PER_MINUTE } from './administration.guard.js';
import { BodyBudget } from './body-budget.js';
import { BodyReader } from './body-reader.js';
import { ConnectionCutter } from './connection-cutter.js';
import { FederationErrorFilter } from './federation-error.filter.js';
import { ProxyCheck } from './proxy-check.js';
import {
  CATCH_UP_RATE_LIMITER,
  MAX_RATE_KEYS,
  PEER_RATE_LIMITER,
  SOURCE_RATE_LIMITER,
  WRONG_TOKEN_LIMITER,
} from './rate-limits.js';
import { SourceLimitGuard } from './source-limit.guard.js';

/**
 * A peer that has nothing takes a full directory in some 1,050 requests, and need not wait between them. Counted over ten
 * minutes, as long as a nonce is remembered: so it can send twice as much in all, and no more.
 */
const CATCH_UP_FACTOR = 12;
/** Sources whose wrong tokens are remembered; more of them would still not guess 16 characters. */
const MAX_GUESSERS = 10_000;

const limiter = (
  token: symbol,
  name: DomainEvents['limit.reached']['limit'],
  limitOf: (config: Config) => number,
  { maxKeys = MAX_RATE_KEYS, windowMs = MINUTE_MS } = {},
): Provider => ({
  provide: token,
  inject: [Clock, CONFIG, EventBus],
  useFactory: (clock: Clock, config: Config, events: EventBus) =>
    new RateLimiter(clock, {
      get limit() {
        return limitOf(config);
      },
      windowMs,
      maxKeys,
      onRefused: () => events.emit('limit.reached', { limit: name }),
    }),
});

/** What every request meets before and after its handler. The guards run in the order in which they stand here. */
@Module({})
export class HttpModule {
  /** @param imports the modules that provide CONFIG, Clock, Random, PeerHttp, EventBus, Metrics and Logger */
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: HttpModule,
      imports,
      providers: [
        ProxyCheck,
        ConnectionCutter,
        { provide: BodyBudget, useFactory: () => new BodyBudget() },
        limiter(PEER_RATE_LIMITER, 'peer', (config) => config.peerRateLimitPerMinute),
        limiter(
          CATCH_UP_RATE_LIMITER,
          'catch_up',
          (config) => CATCH_UP_FACTOR * config.peerRateLimitPerMinute,
          { windowMs: NONCE_MEMORY_MS },
        ),
        limiter(SOURCE_RATE_LIMITER, 'source', (config) => config.sourceRateLimitPerMinute),
        limiter(WRONG_TOKEN_LIMITER, 'wrong_token', () => WRONG_TOKENS_PER_MINUTE, { maxKeys: MAX_GUESSERS }),
        { provide: APP_FILTER, useClass: FederationErrorFilter },
        { provide: APP_GUARD, useClass: AdministrationGuard },
        { provide: APP_GUARD, useClass: SourceLimitGuard },
        { provide: APP_GUARD, useClass: BodyReader },
      ],
      exports: [PEER_RATE_LIMITER, CATCH_UP_RATE_LIMITER, BodyBudget, ProxyCheck],
    };
  }
}
