import { FederationError } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';

/** The body of a request that needs one. @throws `malformed_request` */
export function requireBody(body: JsonValue | undefined): JsonValue {
  if (body === undefined) throw new FederationError('malformed_request', 'This request wants a JSON body');
  return body;
}
