import type { IncomingMessage } from 'node:http';
import { HttpException, NotFoundException } from '@nestjs/common';
import { FederationError } from '../protocol/errors.js';

/** What a caller sees of an error (wire protocol 1.4). */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly detail: string; readonly code: string };
  /** Value of Retry-After. */
  readonly retryAfterSeconds?: number;
}

/** After a 503 of unknown length: soon enough for a restart, slow enough not to hinder it. */
const RETRY_AFTER_OUTAGE_SECONDS = 5;
/** A whole minute's window; for a 429 that names no time itself. */
const RETRY_AFTER_LIMIT_SECONDS = 60;

const LONGEST_TARGET = 200;

type RoutedRequest = IncomingMessage & { readonly originalUrl?: string };

/** The coded error behind anything thrown, or null for a fault of ours. */
export function refusalBehind(error: unknown, request: RoutedRequest): FederationError | null {
  if (error instanceof FederationError) return error.status === 500 ? null : error;
  if (error instanceof NotFoundException) return notFound(request);
  // What Nest and Express themselves throw: a path whose percent-encoding is broken.
  if (error instanceof HttpException && error.getStatus() === 400) return badPath();
  return error instanceof URIError ? badPath() : null;
}

export function answerTo(refusal: FederationError): ErrorAnswer {
  const { status, message, code, extra } = refusal;
  const answer = { status, body: { detail: message, code, ...extra.details } };
  if (status === 429)
    return { ...answer, retryAfterSeconds: extra.retryAfterSeconds ?? RETRY_AFTER_LIMIT_SECONDS };
  if (status === 503)
    return { ...answer, retryAfterSeconds: extra.retryAfterSeconds ?? RETRY_AFTER_OUTAGE_SECONDS };
  return answer;
}

/** For a fault of ours: the caller gets the number under which the log holds the rest. */
export function faultAnswer(requestId: string): ErrorAnswer {
  const detail = `Something went wrong here. The log of this server says more under request ${requestId}.`;
  return { status: 500, body: { detail, code: 'internal_error' } };
}

/** Unknown path and wrong method are one answer, so that nobody learns which paths there are. */
function notFound({ method = '', originalUrl, url = '' }: RoutedRequest): FederationError {
  const path = (originalUrl ?? url).split('?', 1)[0] ?? '';
  const shown = path.length > LONGEST_TARGET ? `${path.slice(0, LONGEST_TARGET)}...` : path;
  return new FederationError('not_found', `There is no ${method} ${shown} here`);
}

function badPath(): FederationError {
  return new FederationError('malformed_request', 'The path is not valid percent-encoded UTF-8');
}
