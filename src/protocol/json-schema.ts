import { z } from 'zod';

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What the schemas take that zod cannot see into: those that check by a function of ours. */
const shapes = z.registry<{ describe: () => JsonSchema }>();

/** Says what a schema takes; asked only when somebody wants a description. */
export function describedBy<Schema extends z.ZodType>(schema: Schema, describe: () => JsonSchema): Schema {
  shapes.add(schema, { describe });
  return schema;
}

/**
 * The JSON Schema of what a schema takes (`input`) or of what it lets out (`output`: no other fields than those named).
 * Schemas with an id (`.meta({ id })`) stand under `$defs`.
 * @throws Error where a part checks by a function and nobody said what it takes
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: ({ zodSchema }) => shapes.get(zodSchema)?.describe() ?? 'throw',
    override: ({ zodSchema, jsonSchema }) => {
      // Where the value is read as something else, zod leaves the default out.
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = JSON.parse(JSON.stringify(def.defaultValue)) as never;
    },
  });
  return described;
}
