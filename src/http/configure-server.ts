import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from '../observability/logger.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { Clock } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { refuseUnreadableBody } from './body-reader.js';
import { answerClientErrors, unreadableReason } from './client-error.js';
import { requestLog } from './request-log.js';

/** Headers arrive in one packet or two, so more is somebody holding the connection open. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Headers and body: 1 MiB in this time is 35 KiB/s. Also ends a body that is read only to be dropped. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than nginx keeps its connections (60 s), so that it closes them and never sends into a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** At about 20 KiB each, 40 MiB when all are idle; nginx keeps far fewer. */
const MAX_CONNECTIONS = 2048;

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
  limitServer(app.getHttpServer());
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

/** Beside answerClientErrors: what Node itself refuses never comes to the request log. */
function countUnreadable(app: NestExpressApplication): void {
  const { unreadable } = app.get(Metrics, { strict: false });
  app.getHttpServer().on('clientError', (error: NodeJS.ErrnoException) => {
    unreadable.of({ reason: unreadableReason(error.code) }).add();
  });
}

function limitServer(server: Server): void {
  answerClientErrors(server);
  closeAfterLastAnswer(server);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxRequestsPerSocket = 0;
  server.maxConnections = MAX_CONNECTIONS;
}

/** A connection that is in use when the server stops would stay open for its next request, and keep the server from ending. */
function closeAfterLastAnswer(server: Server): void {
  const onAnswered = (): void => {
    if (!server.listening) server.closeIdleConnections();
  };
  server.on('request', (_request, response) => response.once('finish', onAnswered));
}
