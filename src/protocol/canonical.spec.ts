import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.js';
import { JsonNumber, type JsonValue, parseJson } from './json.js';

const text = fc.string({
  unit: fc.constantFrom('a', 'B', '"', '\\', '\n', '\x7f', 'é', '\ue000', '\ud83d', '\ude00', '😀'),
});
const number = fc.oneof(
  fc.double().map((value) => JsonNumber.ofFloat(value)),
  fc.bigInt().map((value) => JsonNumber.ofDigits(String(value))),
);
const { value: anyJson } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    text,
    number,
    fc.array(tie('value')),
    fc.dictionary(text, tie('value'), { noNullPrototype: false }),
  ),
}));

describe('canonical form', () => {
  it('is its own canonical form', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const canonical = canonicalJson(value);
        expect(canonicalJson(parseJson(canonical))).toBe(canonical);
      }),
    );
  });

  it('is printable ASCII alone', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(value)).toMatch(/^[ -~]*$/);
      }),
    );
  });

  it('does not depend on the order in which keys came', () => {
    fc.assert(
      fc.property(fc.dictionary(text, number), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
  });

  it('orders keys by code point', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 2 }), (keys) => {
        const object = Object.create(null) as Record<string, JsonValue>;
        for (const key of keys) object[key] = null;
        const written = Object.keys(parseJson(canonicalJson(object)) as object).map((key) =>
          Array.from(key, (c) => c.codePointAt(0)!),
        );
        for (const [index, key] of written.entries()) {
          if (index > 0) expect(comesBefore(written[index - 1]!, key)).toBe(true);
        }
      }),
    );
  });

  it.each([
    [
      'a lone surrogate before U+E000, a pair after it',
      { '\ue000': 1, '😀': 2, '\ud83d': 3 },
      '{"\\ud83d": 3, "\\ue000": 1, "\\ud83d\\ude00": 2}',
    ],
    ['integers and floats of the program', { i: 1, f: JsonNumber.ofFloat(1) }, '{"f": 1.0, "i": 1}'],
    ['names that objects inherit', { toString: 1, constructor: 2 }, '{"constructor": 2, "toString": 1}'],
  ])('writes %s', (_, value, canonical) => {
    expect(canonicalJson(value)).toBe(canonical);
  });

  it.each([0.5, NaN, Infinity, 2 ** 53])(
    'refuses the plain number %d, which could be meant in two ways',
    (value) => {
      expect(() => canonicalJson({ value })).toThrow(RangeError);
    },
  );
});

function comesBefore(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((codePoint, i) => codePoint !== b[i]);
  return index === -1 ? a.length < b.length : index < b.length && a[index]! < b[index]!;
}
