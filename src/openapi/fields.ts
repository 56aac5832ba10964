import type { JsonSchema } from '../protocol/json-schema.js';

/** A row that tells a person what a field is. */
export interface Field {
  /** Such as `capabilities.paging`, `[].server_id`; empty for the whole. */
  readonly path: string;
  readonly type: string;
  /** Name of the schema that it refers to. */
  readonly reference: string | null;
  readonly isRequired: boolean;
  readonly note: string;
}

const REFERENCE = '#/components/schemas/';

/** The fields of a schema, nested ones by their path; named schemas are referred to. */
export function fieldsOf(schema: JsonSchema, path = '', isRequired = true): readonly Field[] {
  const { type, reference } = typeOf(schema);
  const inner = innerFields(schema, path);
  if (path === '' && inner.length > 0 && schema.type === 'object') return inner;
  return [{ path, type, reference, isRequired, note: noteOf(schema) }, ...inner];
}

function innerFields(schema: JsonSchema, path: string): readonly Field[] {
  const { properties = {}, required = [], items } = schema;
  const prefix = path === '' ? '' : `${path}.`;
  const fields = Object.entries(properties).flatMap(([name, field]) =>
    fieldsOf(field as JsonSchema, prefix + name, required.includes(name)),
  );
  const item = items as JsonSchema | undefined;
  return item?.properties === undefined ? fields : [...fields, ...innerFields(item, `${path}[]`)];
}

function typeOf(schema: JsonSchema): Pick<Field, 'type' | 'reference'> {
  if (schema.$ref !== undefined) return { type: '', reference: schema.$ref.replace(REFERENCE, '') };
  const alternatives = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined) {
    const types = alternatives.map(typeOf);
    const reference = types.find((one) => one.reference !== null)?.reference ?? null;
    return {
      type: types
        .map(({ type }) => type)
        .filter((type) => type !== '')
        .join(' or '),
      reference,
    };
  }
  if (schema.const !== undefined) return { type: JSON.stringify(schema.const), reference: null };
  if (schema.enum !== undefined)
    return { type: schema.enum.map((value) => JSON.stringify(value)).join(', '), reference: null };
  if (schema.type === 'array') {
    const { type, reference } = typeOf(schema.items as JsonSchema);
    return { type: `list of ${type}`.trim(), reference };
  }
  return { type: String(schema.type ?? 'anything'), reference: null };
}

function noteOf(schema: JsonSchema): string {
  const notes = [schema.description, bounds(schema)];
  if (schema.default !== undefined) notes.push(`by default \`${JSON.stringify(schema.default)}\``);
  return notes.filter((note) => note !== undefined).join('; ');
}

function bounds({ type, minLength, maxLength, minimum, maximum, maxItems }: JsonSchema): string | undefined {
  if (type === 'string' && maxLength !== undefined) return `${minLength ?? 0} to ${maxLength} characters`;
  if (maxItems !== undefined) return `at most ${maxItems} items`;
  const isMeant = (bound?: number): boolean =>
    bound !== undefined && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isMeant(minimum) && isMeant(maximum)) return `${minimum} to ${maximum}`;
  return isMeant(minimum) ? `at least ${minimum}` : undefined;
}
