import type { RequestHandler } from 'express';
import type { Logger } from '../observability/logger.js';
import type { Clock } from '../platform/clock.js';
import type { RequestIds } from './request-id.js';
import { sourceOf } from './source-address.js';

/** One line per answered request, at level debug. The path is the route's pattern: queries and names stay out of the log. */
export function requestLog(logger: Logger, clock: Clock, requestIds: RequestIds): RequestHandler {
  const log = logger.child({ component: 'http' });
  return (request, response, next) => {
    const startedMs = clock.now();
    const source = sourceOf(request);
    response.once('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
      const durationMs = clock.now() - startedMs;
      const { method } = request;
      log.debug('Request answered', {
        requestId: requestIds.of(request),
        method,
        route,
        status: response.statusCode,
        source,
        durationMs,
      });
    });
    next();
  };
}
