import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Random } from '../platform/random.js';

/** Short, and nothing that could disturb a log or an answer. */
const ACCEPTABLE_ID = /^[\w-]{8,64}$/;

/** The id under which a request stands in the log: the proxy's X-Request-Id where it has one, else a new one. */
@Injectable()
export class RequestIds {
  readonly #made = new WeakMap<IncomingMessage, string>();

  constructor(private readonly random: Random) {}

  of(request: IncomingMessage): string {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTABLE_ID.test(given)) return given;
    const id = this.#made.get(request) ?? this.random.uuid();
    this.#made.set(request, id);
    return id;
  }
}
