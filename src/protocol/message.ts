import { z } from 'zod';
import { objectWriter } from './canonical-writer.js';
import { FederationError, invalidField } from './errors.js';
import type { JsonObject, JsonValue } from './json.js';
import { camelCase, type FieldsOf, wireObject, type WireShape } from './wire-types.js';

/** How one kind of message is read and written. */
export interface MessageDefinition<M> {
  readonly name: string;
  /** Its fields under their wire names. */
  readonly shape: WireShape;
  /** Checks parsed JSON; defaults filled in, unknown fields dropped. Throws invalid_field with the wire path. */
  decode(value: JsonValue): M;
  /** The canonical form without `signature`: what the signature covers (wire protocol 1.2). */
  signingText(message: Omit<M, 'signature'>): string;
  /** JSON text for the wire. A signature that is null is left out. */
  encode(message: M): string;
}

/** The message that a definition describes. */
export type MessageOf<Definition> = Definition extends MessageDefinition<infer M> ? M : never;

/** Defines a message by its fields under their wire names. */
export function defineMessage<Shape extends WireShape>(
  name: string,
  shape: Shape,
): MessageDefinition<FieldsOf<Shape>> {
  const { signature, ...covered } = shape;
  const schema = wireObject(shape);
  const writeWhole = objectWriter(shape, camelCase);
  const writeCovered = objectWriter(covered, camelCase);
  return {
    name,
    shape,
    decode: (value) => {
      const result = z.safeDecode(schema, value as JsonObject);
      if (result.success) return result.data;
      throw refusal(name, result.error.issues[0]!);
    },
    signingText: (message) => writeCovered(message),
    encode: (message) => {
      const isUnsigned = signature !== undefined && (message as { signature?: unknown }).signature === null;
      return isUnsigned ? writeCovered(message) : writeWhole(message);
    },
  };
}

/** A whole message as a field of another, its signature included. */
export function wireMessage<M>({ shape }: MessageDefinition<M>): z.ZodType<M, JsonObject> {
  return wireObject(shape) as unknown as z.ZodType<M, JsonObject>;
}

/** What a description needs of a definition. */
export type DescribedMessage = Pick<MessageDefinition<unknown>, 'name' | 'shape'>;

/** The fields of a message for a description, under an id such as `DomainQuery`. */
export function messageSchema({ name, shape }: DescribedMessage): z.ZodObject {
  const camel = camelCase(name);
  return z.object(shape).meta({ id: camel.charAt(0).toUpperCase() + camel.slice(1) });
}

function refusal(name: string, issue: z.core.$ZodIssue): FederationError {
  if (issue.path.length === 0) return new FederationError('invalid_field', `The ${name} ${issue.message}`);
  return invalidField(issue.path.join('.'), issue.message);
}
