import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseJson } from '../protocol/json.js';
import { decodeBody, queryBoolean, queryText } from './decode-body.js';

const schema = z.object({
  name: z.string().max(5),
  count: z.number().int().default(1),
  nested: z.object({ flag: z.boolean() }).optional(),
  free: z.record(z.string(), z.unknown()).optional(),
});

const decode = (text: string) => decodeBody(schema, parseJson(text));

describe('a body', () => {
  test('comes out as its schema says, numbers as numbers, defaults filled in', () => {
    expect(decode('{"name":"a","count":3}')).toEqual({ name: 'a', count: 3 });
    expect(decode('{"name":"a","unknown":[1]}')).toEqual({ name: 'a', count: 1 });
  });

  test('keeps free values plain all the way down, and __proto__ an ordinary key', () => {
    const { free } = decode('{"name":"a","free":{"list":[1,{"x":2.5}],"__proto__":{"polluted":true}}}');
    expect(free?.['list']).toEqual([1, expect.objectContaining({ x: 2.5 })]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ['a missing field', '{}', 'name'],
    ['a wrong type', '{"name":1}', 'name'],
    ['a text that is too long', '{"name":"abcdef"}', 'name'],
    ['a fraction where none may be', '{"name":"a","count":1.5}', 'count'],
    ['a huge number', '{"name":"a","count":1e999}', 'count'],
    ['a field further in', '{"name":"a","nested":{"flag":"yes"}}', 'nested.flag'],
    ['a list instead of an object', '[]', 'body'],
    ['null', 'null', 'body'],
    ['a bare number', '1', 'body'],
  ])('with %s is refused and the field named', (_title, text, field) => {
    expect(() => decode(text)).toThrowError(
      expect.objectContaining({
        code: 'invalid_field',
        message: expect.stringContaining(field) as string,
      }) as Error,
    );
  });

  test('that is absent is refused where one is required, and taken where none is', () => {
    expect(() => decodeBody(schema, undefined)).toThrowError(
      expect.objectContaining({ code: 'malformed_request' }) as Error,
    );
    const optional = z.object({ force: z.boolean().default(false) }).default({ force: false });
    expect(decodeBody(optional, undefined)).toEqual({ force: false });
  });
});

describe('a query', () => {
  test.each([
    ['text', 'a', 'a'],
    ['an empty text', '', ''],
    ['nothing', undefined, undefined],
  ])('of %s is read', (_title, value, expected) => {
    expect(queryText(value, 'domain')).toBe(expected);
  });

  test.each([
    ['repeated', ['a', 'b']],
    ['nested', { a: 'b' }],
    ['too long', 'x'.repeat(256)],
  ])('that is %s is refused and named', (_title, value) => {
    expect(() => queryText(value, 'domain')).toThrowError(
      expect.objectContaining({ code: 'invalid_field', extra: { field: 'domain' } }) as Error,
    );
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['false', false],
    ['0', false],
    [undefined, true],
  ])('flag of %j is %s', (value, expected) => {
    expect(queryBoolean(value, 'active_only', true)).toBe(expected);
  });

  test.each(['', 'yes', '2', ['true', 'true']])('flag of %j is refused', (value) => {
    expect(() => queryBoolean(value, 'active_only', true)).toThrowError(/active_only/);
  });
});
