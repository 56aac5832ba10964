import type { IncomingMessage } from 'node:http';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { FederationError } from '../protocol/errors.js';
import { decodeUtf8, parseJson, type JsonValue } from '../protocol/json.js';
import { MAX_BODY_BYTES } from '../protocol/limits.js';
import { BodyBudget } from './body-budget.js';
import { isBodyReadLater } from './body-read-later.js';

/** Middleware: refuses by its headers alone a body that would not be read (wire protocol 1.4). */
export function refuseUnreadableBody(request: Request, _response: Response, next: NextFunction): void {
  checkBodyHeaders(request);
  next();
}

/**
 * Reads the body into `request.body`, as a JsonValue, or undefined where there is none. A guard rather than a
 * middleware, and the last of them: nobody's body is read before it is known that the caller may ask at all.
 */
@Injectable()
export class BodyReader implements CanActivate {
  constructor(private readonly budget: BodyBudget) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<Request>();
    request.body = undefined;
    if (!hasBody(request) || isBodyReadLater(context)) return true;
    return readBody(request, this.budget).then((body) => {
      request.body = body;
      return true;
    });
  }
}

/** @throws FederationError body_too_large, malformed_request */
function checkBodyHeaders({ headers }: IncomingMessage): void {
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new FederationError('malformed_request', 'Content-Encoding must be absent or identity');
  }
  const type = headers['content-type'];
  if (type !== undefined && type !== 'application/json' && !charsetsOf(type).every(isUtf8)) {
    throw new FederationError('malformed_request', 'The charset in Content-Type must be utf-8');
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * @param check is shown the bytes before they are read as anything; what it throws is thrown
 * @throws FederationError body_too_large, malformed_json, malformed_encoding, nested_too_deep, too_many_values;
 * rate_limited where too much arrives at this time; malformed_request where it ends early
 */
export async function readBody(
  request: IncomingMessage,
  budget: BodyBudget,
  check: (bytes: Buffer) => void = () => undefined,
): Promise<JsonValue | undefined> {
  const bytes = hasBody(request) ? await readBytes(request, budget) : Buffer.alloc(0);
  check(bytes);
  return bytes.length === 0 ? undefined : parseJson(decodeUtf8(bytes));
}

function readBytes(request: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  if (request.readableDidRead)
    throw new Error('The body was read before: create the application with bodyParser: false.');
  // Who hung up while it was found out who asks is not heard of again.
  if (request.destroyed) throw endedEarly();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // The rest is read and dropped, within bounds (connections.ts): cutting the connection could lose the answer.
    const refuse = (reason: FederationError): void => {
      size = Infinity;
      chunks.length = 0;
      budget.end(body);
      reject(reason);
    };
    const body = { size: 0, refuse };
    budget.begin(body);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return refuse(bodyTooLarge());
      chunks.push(chunk);
      budget.grow(body, chunk.length);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('close', () => {
      budget.end(body);
      // Comes after every end too; an error made for nothing would still cost 1% of a small request.
      if (!request.readableEnded) reject(endedEarly());
    });
  });
}

function bodyTooLarge(): FederationError {
  return new FederationError('body_too_large', `The body must not be larger than ${MAX_BODY_BYTES} bytes`);
}

function endedEarly(): FederationError {
  return new FederationError('malformed_request', 'The body ended early');
}

function charsetsOf(contentType: string): string[] {
  return [...contentType.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)].map((match) => match[1] ?? '');
}

function isUtf8(charset: string): boolean {
  return /^utf-?8$/i.test(charset);
}
