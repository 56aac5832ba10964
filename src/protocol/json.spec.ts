import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FederationError, type FederationErrorCode } from './errors.js';
import { decodeUtf8, isJsonObject, JsonNumber, type JsonObject, type JsonValue, parseJson } from './json.js';

const refusedAs = (code: FederationErrorCode) => expect.objectContaining({ code }) as Error;

/** Plain JavaScript again, for comparison with JSON.parse. */
function toPlain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return value.value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(toPlain);
  if (!isJsonObject(value)) return value;
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) plain[key] = toPlain(item);
  return plain;
}

function withoutPrototypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) plain[key] = withoutPrototypes(item);
  return plain;
}

/** Texts that are close to JSON, so that many parse and the others fail late. */
const nearlyJson = fc
  .array(
    fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '"\\',
        'u00e9',
        '\\ud83d',
        ' ',
        '\n',
        '\0',
        '-',
        '0',
        '12',
        '.5',
        'e+1',
      ],
      ...['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity', 'é', '\ud83d', '\ufeff', '\u2028'],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('parsing JSON', () => {
  it('agrees with JSON.parse on every JSON text', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        expect(toPlain(parseJson(text))).toEqual(withoutPrototypes(JSON.parse(text)));
      }),
    );
  });

  it('throws nothing but coded errors, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyJson, fc.string({ unit: 'binary' })), (text) => {
        try {
          parseJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FederationError);
          expect(['malformed_json', 'nested_too_deep']).toContain((error as FederationError).code);
          expect((error as FederationError).message.length).toBeLessThan(150);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts what JSON.parse accepts and, but for NaN and infinities, nothing else', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        fc.pre(!/NaN|Infinity/.test(text));
        let accepted = true;
        try {
          JSON.parse(text);
        } catch {
          accepted = false;
        }
        if (accepted) expect(toPlain(parseJson(text))).toEqual(withoutPrototypes(JSON.parse(text)));
        else expect(() => parseJson(text)).toThrow(refusedAs('malformed_json'));
      }),
      { numRuns: 2000 },
    );
  });

  it('makes objects without a prototype, where __proto__ is an ordinary key', () => {
    const object = parseJson('{"__proto__": {"admin": true}, "a": {}}') as JsonObject;
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.getPrototypeOf(object['a'])).toBeNull();
    expect(Object.keys(object)).toEqual(['__proto__', 'a']);
    expect(object['admin']).toBeUndefined();
  });

  it('keeps long strings whole when the text is long enough to be copied from', () => {
    const long = `${'x'.repeat(20_000)}é\\n`;
    expect(parseJson(`["${long}", ""]`)).toEqual([`${'x'.repeat(20_000)}é\n`, '']);
  });

  it.each(['"abc', '"abc\\', '"abc\\u12', '{"a"', '{"a":', '[1', '[', '-', 'nul', '1e', '01', '"\ud800'])(
    'refuses the cut-off text %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(refusedAs('malformed_json'));
    },
  );

  it('says where the text is wrong and never repeats it', () => {
    expect(() => parseJson('{"secret": hunter2}')).toThrow(
      'Malformed JSON at character 11: expected a value',
    );
  });
});

describe('the bound on values', () => {
  const numbers = (count: number) => `[${Array(count).fill('1').join(',')}]`;

  it('50,000 are read, the list that holds them among them', () => {
    expect(parseJson(numbers(49_999))).toHaveLength(49_999);
  });

  it.each([
    ['numbers', numbers(50_000)],
    ['lists', numbers(50_000).replaceAll('1', '[]')],
    ['repeated keys', `{${Array(50_000).fill('"a":1').join(',')}}`],
    ['numbers that never end', '[1'.padEnd(1_000_000, ',1')],
  ])('more are refused as soon as they are counted: %s', (_title, text) => {
    expect(() => parseJson(text)).toThrow(refusedAs('too_many_values'));
  });
});

describe('the bound on nesting', () => {
  const nested = (depth: number) => [
    '['.repeat(depth) + ']'.repeat(depth),
    '{"a":'.repeat(depth) + '1' + '}'.repeat(depth),
  ];

  it.each(nested(64))('64 levels are read', (text) => {
    expect(() => parseJson(text)).not.toThrow();
  });

  it.each(nested(65))('65 levels are refused', (text) => {
    expect(() => parseJson(text)).toThrow(refusedAs('nested_too_deep'));
  });

  it.each(nested(500_000))('half a million levels are refused like 65', (text) => {
    expect(() => parseJson(text)).toThrow(refusedAs('nested_too_deep'));
  });

  it('counts levels, not brackets', () => {
    expect(parseJson(`[${'[],'.repeat(1000)}[]]`, 2)).toHaveLength(1001);
  });
});

describe('numbers', () => {
  it.each([
    ['1', '1', true],
    ['-0', '0', true],
    ['123456789012345678901234567890', '123456789012345678901234567890', true],
    ['1.0', '1.0', false],
    ['1e5', '100000.0', false],
    ['-0.0', '-0.0', false],
    ['NaN', 'NaN', false],
  ])('%s is kept as %s', (written, text, isInteger) => {
    expect(parseJson(written)).toMatchObject({ text, isInteger, value: Number(written) });
  });

  it.each(['', '-'])('an integer of 4,300 digits is read and one of 4,301 refused (sign "%s")', (sign) => {
    const digits = '9'.repeat(4300);
    expect(parseJson(sign + digits)).toMatchObject({ text: sign + digits });
    expect(() => parseJson(`${sign}${digits}9`)).toThrow(refusedAs('malformed_json'));
  });

  it('a float may have any number of digits', () => {
    expect(parseJson(`0.${'3'.repeat(5000)}`)).toMatchObject({ text: '0.3333333333333333' });
  });

  it('can be made from values of the program', () => {
    expect(JsonNumber.ofInteger(7)).toMatchObject({ text: '7', isInteger: true });
    expect(JsonNumber.ofFloat(7)).toMatchObject({ text: '7.0', isInteger: false });
    expect(() => JsonNumber.ofInteger(0.5)).toThrow(RangeError);
    expect(() => JsonNumber.ofInteger(2 ** 53)).toThrow(RangeError);
  });
});

describe('decoding UTF-8', () => {
  it('reads what was written', () => {
    expect(decodeUtf8(new TextEncoder().encode('grüße 😀'))).toBe('grüße 😀');
  });

  it('keeps a byte order mark, so that the parser refuses it', () => {
    expect(() => parseJson(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)))).toThrow(
      refusedAs('malformed_json'),
    );
  });

  it.each([
    ['a stray byte', [0xff]],
    ['a cut-off character', [0xc3]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(refusedAs('malformed_encoding'));
  });
});
