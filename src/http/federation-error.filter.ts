import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Logger } from '../observability/logger.js';
import { answerTo, faultAnswer, refusalBehind, type ErrorAnswer } from './error-answer.js';
import { notesOf } from './request-notes.js';

/** The only place where an error becomes HTTP. */
@Catch()
export class FederationErrorFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(logger: Logger) {
    this.#log = logger.child({ component: 'http' });
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const answer = this.#answer(error, request);
    notesOf(response).outcome = answer.body.code;
    // Half an answer is out already: only cutting it off tells the caller that it is not whole.
    if (response.headersSent) response.destroy();
    else send(response, answer);
  }

  #answer(error: unknown, request: Request): ErrorAnswer {
    const refusal = refusalBehind(error, request);
    if (refusal !== null) return answerTo(refusal);
    const { requestId = 'unknown' } = notesOf(request);
    this.#log.error('A request failed', { requestId, method: request.method, path: request.path, error });
    return faultAnswer(requestId);
  }
}

function send(response: Response, { status, body, retryAfterSeconds }: ErrorAnswer): void {
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  response.status(status).json(body);
}
