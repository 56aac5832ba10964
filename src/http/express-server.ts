import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';

/** Request line and headers; bounds what a connection holds before it is known who asks. */
const MAX_HEADER_BYTES = 16 * 1024;
/** How often the server looks whose time is over, so how late it may be. */
const TIMEOUT_CHECK_MS = 5_000;

/**
 * Nest's Express with requests and responses that are born as Express wants them. It would change the prototype of
 * each one instead, and V8 then keeps them all until a full collection: a bare Express answers 1.4 times as many requests
 * this way, and a loaded daemon stays 60 MiB smaller.
 */
export class ExpressServer extends ExpressAdapter {
  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    class Request extends IncomingMessage {}
    class Response extends ServerResponse<Request> {}
    express.request = bornAs(express.request, Request.prototype);
    express.response = bornAs(express.response, Response.prototype);
    const options = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: TIMEOUT_CHECK_MS };
    this.setHttpServer(
      createServer({ ...options, IncomingMessage: Request, ServerResponse: Response }, express),
    );
  }
}

/** The prototype, made to be what the application would give to each object: Express's methods, and `app`. */
function bornAs<Prototype extends object>(given: Prototype, prototype: object): Prototype {
  Object.setPrototypeOf(prototype, Object.getPrototypeOf(given) as object);
  return Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(given)) as Prototype;
}
