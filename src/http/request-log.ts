import type { Request, RequestHandler } from 'express';
import { HourlyBudget } from '../observability/hourly-budget.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { underRequestId } from '../observability/request-context.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { requestIdOf } from './request-id.js';
import { requestLevel } from './request-log-policy.js';
import { notesOf } from './request-notes.js';
import { RequestTallies } from './request-tallies.js';
import { sourceOf } from './source-address.js';

/** Warnings an hour of each status of 500 and above; the rest at level debug. */
export const FAILURE_WARNINGS_PER_HOUR = 20;

export interface RequestLogParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/**
 * Counts every request and logs it when its answer is out, with its id; docs/monitoring explains the fields. The path is
 * the route's pattern: queries and names stay out of the log.
 */
export function requestLog({ logger, clock, random, metrics }: RequestLogParts): RequestHandler {
  const log = logger.child({ component: 'http' });
  const tallies = new RequestTallies(metrics);
  const failures = new HourlyBudget(clock, FAILURE_WARNINGS_PER_HOUR);
  return (request, response, next) => {
    const startedMs = clock.elapsed();
    const requestId = requestIdOf(request, random);
    const notes = notesOf(response);
    notes.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    // Read now: a socket that is gone has no address.
    const source = sourceOf(request);
    // Comes after `finish`, and also where the caller went away before.
    response.once('close', () => {
      const durationMs = clock.elapsed() - startedMs;
      const { method } = request;
      const route = routeOf(request);
      const status = response.statusCode;
      const { peer = null, outcome = 'answered', isAdministration = false } = notes;
      const isAborted = !response.writableFinished;
      tallies.count({ method, route, status: isAborted ? 'aborted' : String(status) }, durationMs);
      const level = requestLevel({ method, route, status, isAdministration }, () =>
        failures.allows(String(status)),
      );
      if (!log.isEnabled(level)) return;
      const fields = { requestId, method, route: route ?? 'none', status, durationMs, source, peer };
      log[level]('Request answered', { ...fields, outcome: isAborted ? 'aborted' : outcome });
    });
    if (logger.isEnabled('debug')) underRequestId(requestId, () => next());
    else next();
  };
}

function routeOf(request: Request): string | null {
  return (request.route as { path?: string } | undefined)?.path ?? null;
}
