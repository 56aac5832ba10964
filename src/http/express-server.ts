import { createServer, ServerResponse, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';
import { Turnstile } from '../platform/turnstile.js';
import { clientErrorAnswer } from './client-error.js';
import { Connections } from './connections.js';
import { pacedRequest } from './paced-request.js';
import { SERVER_LIMITS, type ServerLimits } from './server-limits.js';
import { sourceKey, sourceOf } from './source-address.js';

/** Event of the server: a request with too many headers was refused, and Express does not see it. */
export const HEADERS_REFUSED = 'headersRefused';

/**
 * Nest's Express on a server of our own, for two reasons.
 *
 * It bounds what connections and headers cost before Express sees a request (server-limits.ts).
 *
 * And its requests and responses are born as Express wants them. Express would change the prototype of
 * each one instead, and V8 then keeps them all until a full collection: a bare Express answers 1.4 times as many requests
 * this way, and a loaded daemon stays 60 MiB smaller.
 */
export class ExpressServer extends ExpressAdapter {
  constructor(private readonly limits: ServerLimits = SERVER_LIMITS) {
    super();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    const Request = pacedRequest(this.limits);
    class Response extends ServerResponse<InstanceType<typeof Request>> {}
    express.request = bornAs(express.request, Request.prototype);
    express.response = bornAs(express.response, Response.prototype);
    const connections = new Connections(this.limits);
    const { maxHeaders, maxPerTurn: perTurn, maxHeldTurns } = this.limits;
    const turnstile = new Turnstile({ perTurn, maxHeldTurns });
    const types = { IncomingMessage: Request, ServerResponse: Response };
    const server = createServer({ ...types, ...optionsFrom(this.limits) }, (request, response) => {
      if (!connections.take(request, response)) return;
      if (request.rawHeaders.length > 2 * maxHeaders) {
        server.emit(HEADERS_REFUSED);
        refuseHeaders(response);
      } else {
        const begin = (): void => void (request.destroyed || express(request, response));
        turnstile.pass(begin, () => sourceKey(sourceOf(request)));
      }
    });
    // 0 is no limit: beyond one, Node drops headers in silence, among them those by which a proxied request is told.
    server.maxHeadersCount = 0;
    server.timeout = this.limits.stalledTimeoutMs;
    connections.watch(server);
    server.on('connection', () => turnstile.noteArrival());
    this.setHttpServer(server);
  }

  /** As Nest calls it: with or without a host, and what to do when it listens. */
  override listen(port: string | number, ...rest: readonly (string | (() => void) | undefined)[]): Server {
    const host = rest.find((part) => typeof part === 'string');
    const onListening = rest.find((part) => typeof part === 'function');
    const server = this.getHttpServer() as Server;
    return server.listen({ port: Number(port), host, backlog: this.limits.acceptBacklog }, onListening);
  }
}

function optionsFrom(limits: ServerLimits): object {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  };
}

function refuseHeaders(response: ServerResponse): void {
  const { status, body } = clientErrorAnswer('HPE_HEADER_OVERFLOW');
  const text = JSON.stringify(body);
  response.writeHead(status, {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The prototype, made to be what the application would give to each object: Express's methods, and `app`. */
function bornAs<Prototype extends object>(given: Prototype, prototype: object): Prototype {
  Object.setPrototypeOf(prototype, Object.getPrototypeOf(given) as object);
  return Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(given)) as Prototype;
}
