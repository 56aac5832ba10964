import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from '../observability/logger.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { Clock } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { refuseUnreadableBody } from './body-reader.js';
import { answerClientErrors, unreadableReason } from './client-error.js';
import { HEADERS_REFUSED } from './express-server.js';
import { requestLog } from './request-log.js';

/**
 * Prepares an application that was created on an `ExpressServer` with `bodyParser: false`; call before it listens.
 * Every request then meets, in this order: the request log, the body's headers, the guards of
 * HttpModule (administration, source limit, body), the handler.
 */
export function configureServer(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestLogOf(app));
  app.use(refuseUnreadableBody);
  countUnreadable(app);
  const server = app.getHttpServer();
  answerClientErrors(server);
  closeAfterLastAnswer(server);
}

function requestLogOf(app: NestExpressApplication): ReturnType<typeof requestLog> {
  const options = { strict: false };
  return requestLog({
    logger: app.get(Logger, options),
    clock: app.get(Clock, options),
    random: app.get(Random, options),
    metrics: app.get(Metrics, options),
  });
}

/** Beside answerClientErrors: what Node or our server itself refuses never comes to the request log. */
function countUnreadable(app: NestExpressApplication): void {
  const { unreadable } = app.get(Metrics, { strict: false });
  const server: Server = app.getHttpServer();
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    unreadable.of({ reason: unreadableReason(error.code) }).add();
  });
  server.on(HEADERS_REFUSED, () => unreadable.of({ reason: 'headers_too_large' }).add());
}

/** A connection that is in use when the server stops would stay open for its next request, and keep the server from ending. */
function closeAfterLastAnswer(server: Server): void {
  const onAnswered = (): void => {
    if (!server.listening) server.closeIdleConnections();
  };
  server.on('request', (_request, response) => response.once('finish', onAnswered));
}
