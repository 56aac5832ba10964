import { JsonNumber, type JsonValue } from './json.js';

/** What can be put into canonical form; a plain number must be a safe integer. */
export type CanonicalInput =
  JsonValue | number | readonly CanonicalInput[] | { readonly [key: string]: CanonicalInput };

const PRINTABLE_ASCII = /^[ !#-[\]-~]*$/;
const BEYOND_PRINTABLE_ASCII = /[\u007f-\uffff]/g;
const SURROGATE = /[\ud800-\udfff]/;

/** The text that signatures cover (wire protocol 1.2): what Python's `json.dumps(value, sort_keys=True)` writes. */
export function canonicalJson(value: CanonicalInput): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') return JsonNumber.ofInteger(value).text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return canonicalArray(value);
  return canonicalObject(value);
}

function canonicalArray(items: readonly CanonicalInput[]): string {
  return `[${items.map(canonicalJson).join(', ')}]`;
}

function canonicalObject(object: { readonly [key: string]: CanonicalInput }): string {
  let text = '';
  for (const key of sortedKeys(object)) {
    text += `${text === '' ? '' : ', '}${canonicalString(key)}: ${canonicalJson(object[key]!)}`;
  }
  return `{${text}}`;
}

function canonicalString(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    BEYOND_PRINTABLE_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sortedKeys(object: object): string[] {
  // Sorting by UTF-16 unit, which is fast, differs from code point order only where surrogates occur.
  const keys = Object.keys(object).sort();
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys;
}

function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const difference = a.codePointAt(i)! - b.codePointAt(i)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** `Array.isArray` as a guard that also recognises read-only arrays. */
function isArray(value: CanonicalInput): value is readonly CanonicalInput[] {
  return Array.isArray(value);
}
