import { describe, expect, it } from 'vitest';
import { FederationError } from '../protocol/errors.js';
import { plainFields, plainMessage } from './plain.js';

const asItIs = (text: string): string => text;
const plain = (value: unknown): unknown => plainFields({ value }, asItIs)['value'];

describe('a value', () => {
  it.each<[string, unknown, unknown]>([
    ['undefined', undefined, null],
    ['a number that JSON lacks', NaN, 'NaN'],
    ['a big integer', 12345678901234567890n, '12345678901234567890'],
    ['a function', asItIs, '[function]'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a URL', new URL('http://a.example'), 'http://a.example/'],
    ['a map', new Map([['a', 1]]), { a: 1 }],
    ['a set', new Set([1]), [1]],
    ['bytes', Buffer.from('private'), '[7 bytes]'],
    ['control characters', 'a\u0000\u001b[31m\u009b\n\tb', 'a\\u0000\\u001b[31m\\u009b\n\tb'],
  ])('%s becomes plain', (_, value, expected) => expect(plain(value)).toEqual(expected));

  it('that holds itself is cut, one that is held twice is not', () => {
    const shared = { a: 1 };
    const loop: Record<string, unknown> = { first: shared, second: shared };
    loop['self'] = loop;
    expect(plain(loop)).toEqual({ first: shared, second: shared, self: '[circular]' });
  });

  it('whose getters fail does not break the line', () => {
    const value = {
      get broken(): string {
        throw new Error('no');
      },
      toJSON: (): never => {
        throw new Error('no');
      },
    };
    expect(plain(value)).toBe('[unreadable]');
    expect(plain({ ...Object.getOwnPropertyDescriptors({}), inner: [value] })).toEqual({
      inner: ['[unreadable]'],
    });
  });

  it('keeps a field called __proto__ an ordinary one', () => {
    expect(JSON.stringify(plain(JSON.parse('{"__proto__": {"a": 1}}')))).toBe('{"__proto__":{"a":1}}');
  });
});

describe('what is bounded', () => {
  it('a text', () => {
    expect(plain('x'.repeat(10_000))).toMatch(/^x{8192}\.\.\. \(10000 characters\)$/);
    expect(plainMessage('x'.repeat(10_000), asItIs)).toHaveLength(8_192 + '... (10000 characters)'.length);
  });

  it('a list and an object', () => {
    expect(plain(Array.from({ length: 150 }, () => 0))).toHaveLength(101);
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`k${i}`, i]));
    expect(Object.keys(plain(wide) as object)).toHaveLength(101);
  });

  it('the depth', () => {
    let nested: unknown = 'bottom';
    for (let i = 0; i < 50; i += 1) nested = { nested };
    expect(JSON.stringify(plain(nested))).toMatch(/^(\{"nested":){6,8}"\[deeper\]"\}+$/);
  });

  it('the whole', () => {
    const bush = (depth: number): unknown =>
      depth === 0 ? 'leaf' : Array.from({ length: 20 }, () => bush(depth - 1));
    expect(JSON.stringify(plain(bush(4))).length).toBeLessThan(20_000);
  });
});

describe('an error', () => {
  it('shows its type, code, message, stack and causes', () => {
    const cause = Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED' });
    const error = new FederationError('peer_unreachable', 'No answer', { cause });
    expect(plain(new Error('outer', { cause: error }))).toMatchObject({
      type: 'Error',
      message: 'outer',
      stack: expect.stringContaining('plain.spec.ts') as string,
      cause: {
        type: 'FederationError',
        code: 'peer_unreachable',
        message: 'No answer',
        cause: { type: 'TypeError', code: 'ECONNREFUSED', message: 'refused' },
      },
    });
  });

  it('that gathers others shows them', () => {
    const error = new AggregateError([new Error('one'), 'two'], 'both');
    expect(plain(error)).toMatchObject({ type: 'AggregateError', errors: [{ message: 'one' }, 'two'] });
  });

  it('that is its own cause is cut', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(plain(error)).toMatchObject({ message: 'loop', cause: '[circular]' });
  });
});

describe('redaction', () => {
  const redact = (text: string): string => text.replaceAll('hunter2', '*');

  it('reaches every text, names of fields among them', () => {
    const cause = Object.assign(new Error('cause hunter2'), { detail: 'hunter2', name: 'hunter2' });
    const value = {
      hunter2: [
        'hunter2',
        { url: new URL('http://a/?hunter2') },
        new Map([['hunter2', new Set(['hunter2'])]]),
      ],
      error: new AggregateError([new Error('hunter2')], 'hunter2', { cause }),
    };
    const fields = plainFields({ value }, redact);
    expect(JSON.stringify(fields)).not.toContain('hunter2');
    expect(fields).toMatchObject({
      value: { error: { cause: { type: '*', detail: '*', message: 'cause *' } } },
    });
  });

  it('comes before shortening, so no first half of a secret is left', () => {
    expect(plain('x'.repeat(8_190) + 'hunter2')).toContain('hu');
    const value = plainFields({ value: 'x'.repeat(8_190) + 'hunter2' }, redact)['value'];
    expect(value).not.toContain('hu');
  });
});

it('a message is one line', () => {
  expect(plainMessage('a\nb\r\u2028c', asItIs)).toBe('a\\u000ab\\u000d\\u2028c');
});
