import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../protocol/json-schema.js';
import { fieldsOf } from './fields.js';

const shown = (schema: JsonSchema): string[] =>
  fieldsOf(schema).map(({ path, type, reference, isRequired, note }) =>
    [path, type, reference ?? '', isRequired ? 'required' : '', note].join('|'),
  );

describe('the fields of a schema', () => {
  it.each<[string, JsonSchema, string[]]>([
    ['a text', { type: 'string', minLength: 1, maxLength: 9 }, ['|string||required|1 to 9 characters']],
    [
      'an object, its optional field with a default',
      { type: 'object', properties: { a: { type: 'integer', minimum: 1, maximum: 3, default: 2 } } },
      ['a|integer|||1 to 3; by default `2`'],
    ],
    [
      'an object in an object',
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'object', properties: { b: { type: 'boolean', description: 'why' } } } },
      },
      ['a|object||required|', 'a.b|boolean|||why'],
    ],
    [
      'a list of objects',
      { type: 'array', items: { type: 'object', properties: { b: { const: 'x' } } } },
      ['|list of object||required|', '[].b|"x"|||'],
    ],
    ['a reference', { $ref: '#/components/schemas/Peer' }, ['||Peer|required|']],
    [
      'a list of them',
      { type: 'array', items: { $ref: '#/components/schemas/Peer' } },
      ['|list of|Peer|required|'],
    ],
    ['a choice', { enum: ['a', 'b'] }, ['|"a", "b"||required|']],
    ['what may be null', { anyOf: [{ type: 'string' }, { type: 'null' }] }, ['|string or null||required|']],
  ])('are those of %s', (_title, schema, expected) => {
    expect(shown(schema)).toEqual(expected);
  });
});
