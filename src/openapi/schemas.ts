import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { jsonSchemaOf, type JsonSchema } from '../protocol/json-schema.js';
import { messageSchema, type DescribedMessage } from '../protocol/message.js';

/** Collects the named schemas of a document, while what refers to them is made. */
export class Schemas {
  readonly #named: Record<string, JsonSchema> = {};

  get named(): Readonly<Record<string, JsonSchema>> {
    return this.#named;
  }

  /** What a request may hold: further fields are no mistake. */
  taken(schema: z.ZodType | DescribedMessage): JsonSchema {
    return this.#adopt(jsonSchemaOf(isMessage(schema) ? messageSchema(schema) : schema, 'input'));
  }

  /** What an answer holds: every field that is named, and no other. */
  answered(schema: z.ZodType | DescribedMessage): JsonSchema {
    if (!isMessage(schema)) return this.#adopt(jsonSchemaOf(schema, 'output'));
    return complete(jsonSchemaOf(z.object(schema.shape), 'input'));
  }

  /** Moves what stands under `$defs` to the components of the document. */
  #adopt({ $defs = {}, ...schema }: JsonSchema): JsonSchema {
    for (const [id, named] of Object.entries($defs)) this.#add(id, relocated(named));
    return relocated(schema);
  }

  #add(id: string, schema: JsonSchema): void {
    const known = this.#named[id];
    if (known !== undefined && !isDeepStrictEqual(known, schema))
      throw new Error(`Two schemas are called ${id}`);
    this.#named[id] = schema;
  }
}

function isMessage(schema: z.ZodType | DescribedMessage): schema is DescribedMessage {
  return 'shape' in schema && !('_zod' in schema);
}

function relocated(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (_key, value: unknown) => {
      const isReference = typeof value === 'string' && value.startsWith('#/$defs/');
      return isReference ? value.replace('#/$defs/', '#/components/schemas/') : value;
    }),
  ) as JsonSchema;
}

/** A message as this daemon sends it: defaults are filled in, and nothing is added. */
function complete(schema: JsonSchema): JsonSchema {
  const { properties, default: _, ...rest } = schema;
  if (properties === undefined) return rest;
  const fields = Object.entries(properties).map(
    ([name, field]) => [name, complete(field as JsonSchema)] as const,
  );
  return {
    ...rest,
    properties: Object.fromEntries(fields),
    required: fields.map(([name]) => name),
    additionalProperties: false,
  };
}
