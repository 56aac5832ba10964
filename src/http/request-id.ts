import type { IncomingMessage } from 'node:http';
import type { Random } from '../platform/random.js';

/** Short, and nothing that could disturb a log or an answer. */
const ACCEPTABLE_ID = /^[\w-]{8,64}$/;

/** The id under which a request stands in the log: the proxy's X-Request-Id where it has one, else a new one. */
export function requestIdOf({ headers }: IncomingMessage, random: Random): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : random.uuid();
}
