import type { z } from 'zod';
import { FederationError, invalidField } from '../protocol/errors.js';
import { JsonNumber, type JsonObject, type JsonValue } from '../protocol/json.js';

/**
 * The body of an administration request as its schema describes it, numbers as plain numbers. A schema that
 * takes undefined allows an absent body.
 * @throws FederationError malformed_request where a body is required and absent, invalid_field naming the field
 */
export function decodeBody<S extends z.ZodType>(schema: S, body: JsonValue | undefined): z.output<S> {
  const result = schema.safeParse(body === undefined ? undefined : toPlain(body));
  if (result.success) return result.data;
  requireBody(body);
  const [issue] = result.error.issues;
  throw invalidField(issue?.path.join('.') || 'body', `is not acceptable: ${issue?.message ?? 'unknown'}`);
}

/** @throws FederationError malformed_request where there is no body */
export function requireBody(body: JsonValue | undefined): JsonValue {
  if (body === undefined) throw new FederationError('malformed_request', 'This request wants a JSON body');
  return body;
}

function toPlain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return value.value;
  if (isList(value)) return value.map(toPlain);
  if (typeof value === 'object' && value !== null) return toPlainObject(value);
  return value;
}

/** Without a prototype, like the parsed one: `__proto__` is an ordinary key. */
function toPlainObject(value: JsonObject): object {
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) plain[key] = toPlain(item);
  return plain;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Names and UUIDs are all that queries carry; a server_id has at most 255 characters. */
const MAX_QUERY_TEXT = 255;

/**
 * One text of the query string, undefined where it is absent.
 * @throws FederationError invalid_field where it is repeated or too long
 */
export function queryText(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidField(name, 'must be given once');
  if (value.length > MAX_QUERY_TEXT)
    throw invalidField(name, `must have at most ${MAX_QUERY_TEXT} characters`);
  return value;
}

/** @throws FederationError invalid_field unless absent, true, false, 1 or 0 */
export function queryBoolean(value: unknown, name: string, whenAbsent: boolean): boolean {
  switch (queryText(value, name)?.toLowerCase()) {
    case undefined:
      return whenAbsent;
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      throw invalidField(name, 'must be true, false, 1 or 0');
  }
}
