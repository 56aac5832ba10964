import { z } from 'zod';
import { listWriter, objectWriter, writeText, writtenBy } from './canonical-writer.js';
import { isJsonObject, JsonNumber, type JsonObject } from './json.js';
import { describedBy, jsonSchemaOf } from './json-schema.js';
import { MAX_URL_LENGTH } from './limits.js';

/**
 * Building blocks of wire schemas. They take parsed JSON as it is: deployed servers coerce `"1"` or `"yes"`,
 * this one refuses (wire protocol allows either). Messages never repeat the input.
 */

/** What an error says after the name of the field. */
function expected(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => (issue.input === undefined ? 'is required' : `must be ${what}`) };
}

/** Text of `min` to `max` code points, without lone surrogates (no UTF-8 holds them) and without U+0000. */
export function wireText(min: number, max: number): z.ZodType<string, string> {
  const text = z.custom<string>(
    (value) => typeof value === 'string' && isTextWithin(value, min, max),
    expected(`text of ${min} to ${max} characters`),
  );
  describedBy(text, () => ({ type: 'string', minLength: min, maxLength: max }));
  return writtenBy(text, writeText);
}

/** Text in which `matches` holds, in lower case from here on. */
export function wireLowerCaseText(
  max: number,
  matches: (text: string) => boolean,
  what: string,
): z.ZodType<string, string> {
  const text = z.custom<string>(
    (value) => typeof value === 'string' && isTextWithin(value, 0, max) && matches(value),
    expected(`${what} of at most ${max} characters`),
  );
  describedBy(text, () => ({
    type: 'string',
    minLength: 1,
    maxLength: max,
    description: `${what}, in any case`,
  }));
  return writtenBy(
    text.overwrite((value) => value.toLowerCase()),
    writeText,
  );
}

/** An http(s) URL with a host, as deployed servers check it; `checkEndpoints` is stricter. */
export function wireUrl(): z.ZodType<string, string> {
  const url = z.custom<string>(
    (value) =>
      typeof value === 'string' &&
      isTextWithin(value, 1, MAX_URL_LENGTH) &&
      /^https?:\/\/[^/?#]/i.test(value),
    expected('an http(s) URL with a host'),
  );
  describedBy(url, () => ({
    type: 'string',
    maxLength: MAX_URL_LENGTH,
    pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]',
  }));
  return writtenBy(url, writeText);
}

export function wireOneOf<const T extends string>(...values: readonly T[]): z.ZodType<T, T> {
  const choice = z.custom<T>((value) => values.includes(value as T), expected(`one of ${values.join(', ')}`));
  return describedBy(choice, () => ({ type: 'string', enum: [...values] }));
}

export function wireBoolean(): z.ZodType<boolean, boolean> {
  const boolean = z.custom<boolean>((value) => typeof value === 'boolean', expected('true or false'));
  return describedBy(boolean, () => ({ type: 'boolean' }));
}

/** An integer written without fraction or exponent. */
export function wireInteger(min: number, max: number): z.ZodType<number, JsonNumber> {
  const number = z.custom<JsonNumber>(
    (value) => value instanceof JsonNumber && value.isInteger && value.value >= min && value.value <= max,
    expected(`an integer from ${min} to ${max}`),
  );
  describedBy(number, () => ({ type: 'integer', minimum: min, maximum: max }));
  return readAs(
    number,
    (written) => written.value,
    (value) => JsonNumber.ofInteger(value).text,
  );
}

/** Any number within bounds; written as a float. */
export function wireNumber(min: number, max: number): z.ZodType<number, JsonNumber> {
  const number = z.custom<JsonNumber>(
    (value) => value instanceof JsonNumber && value.value >= min && value.value <= max,
    expected(`a number from ${min} to ${max}`),
  );
  describedBy(number, () => ({ type: 'number', minimum: min, maximum: max }));
  return readAs(
    number,
    (written) => written.value,
    (value) => JsonNumber.ofFloat(value).text,
  );
}

export function wireList<T, W>(item: z.ZodType<T, W>, max: number): z.ZodType<readonly T[], readonly W[]> {
  const list = z
    .array(item, { error: 'must be a list' })
    .max(max, { error: `must have at most ${max} items` });
  return writtenBy(list, listWriter(item));
}

/** JSON of any shape inside an object; kept as it was written. */
export function wireFreeJson(): z.ZodType<JsonObject, JsonObject> {
  return describedBy(z.custom<JsonObject>(isJsonObject, expected('an object')), () => ({ type: 'object' }));
}

/** `{}`, as the parser makes it. */
export function emptyFreeJson(): JsonObject {
  return Object.create(null) as JsonObject;
}

type CamelCase<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** Fields of a modelled level: wire names in a schema, camelCase in the program. */
export type WireShape = Readonly<Record<string, z.ZodType>>;
export type FieldsOf<Shape extends WireShape> = {
  readonly [Name in keyof Shape as CamelCase<Name>]: z.output<Shape[Name]>;
};

/**
 * A modelled level. Decoding drops unknown fields, fills in defaults and turns `server_id` into `serverId`; writing
 * turns it back. Free JSON below is not touched.
 */
export function wireObject<Shape extends WireShape>(shape: Shape): z.ZodType<FieldsOf<Shape>, JsonObject> {
  const names = Object.keys(shape).map((wire) => ({ wire, camel: camelCase(wire) }));
  const fields = z.object(shape);
  const object = z.custom<JsonObject>(isJsonObject, expected('an object'));
  describedBy(object, () => jsonSchemaOf(fields, 'input'));
  const known = object.pipe(fields as unknown as z.ZodType<Record<string, unknown>, JsonObject>);
  const level = known.transform(
    (fields) => Object.fromEntries(names.map(({ wire, camel }) => [camel, fields[wire]])) as FieldsOf<Shape>,
  );
  return writtenBy(level, objectWriter(shape, camelCase));
}

export function camelCase(wireName: string): string {
  return wireName.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A schema whose values are another type inside the program. */
function readAs<Wire, Value>(
  schema: z.ZodType<Wire, Wire>,
  read: (written: Wire) => Value,
  write: (value: Value) => string,
): z.ZodType<Value, Wire> {
  return writtenBy(schema.transform(read), (value) => write(value as Value));
}

function isTextWithin(text: string, min: number, max: number): boolean {
  return text.isWellFormed() && !text.includes('\0') && isLengthWithin(text, min, max);
}

/** Whether the number of code points is within bounds; a code point has one or two UTF-16 units. */
function isLengthWithin(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > 2 * max) return false;
  if (text.length <= max && text.length >= 2 * min) return true;
  const length = Array.from(text).length;
  return length >= min && length <= max;
}
