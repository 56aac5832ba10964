import { FederationError } from './errors.js';
import { MAX_INTEGER_DIGITS, MAX_JSON_DEPTH, MAX_JSON_VALUES } from './limits.js';
import { pythonFloat } from './python-float.js';

/**
 * A number that remembers how it was written: an integer keeps all its digits, a float prints as Python
 * prints it. Signatures cover that text (wire protocol 1.2), so `1.0` must not become `1`.
 */
export class JsonNumber {
  private constructor(
    /** As Python prints it. */
    readonly text: string,
    readonly isInteger: boolean,
    /** The nearest double. */
    readonly value: number,
  ) {}

  /** From the digits of a JSON integer; exact, whatever its size. `-0` is `0`. */
  static ofDigits(digits: string): JsonNumber {
    return new JsonNumber(digits === '-0' ? '0' : digits, true, Number(digits));
  }

  /** An integer between -(2^53 - 1) and 2^53 - 1. */
  static ofInteger(value: number): JsonNumber {
    if (!Number.isSafeInteger(value)) throw new RangeError('not a safe integer');
    return JsonNumber.ofDigits(String(value));
  }

  /** A float, even where its value is whole. */
  static ofFloat(value: number): JsonNumber {
    return new JsonNumber(pythonFloat(value), false, value);
  }
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/** Has no prototype, so `__proto__` and `toString` are ordinary keys. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

/**
 * Reads what Python's `json` reads: `NaN` and `Infinity` are numbers, of a repeated key the last counts.
 * Throws malformed_json, nested_too_deep beyond `maxDepth` arrays and objects inside one another, or too_many_values.
 */
export function parseJson(text: string, maxDepth: number = MAX_JSON_DEPTH): JsonValue {
  return new JsonParser(text, maxDepth).parse();
}

// A byte order mark is kept, so that the parser refuses it as Python does.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict UTF-8: no replacement characters. Throws malformed_encoding. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new FederationError('malformed_encoding', 'The body is not valid UTF-8');
  }
}

const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const FOUR_HEX_DIGITS = /^[0-9a-fA-F]{4}$/;

/** What each letter after a backslash stands for, but `u`. */
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Array.from('"\\/bfnrt', (letter, index) => [letter, '"\\/\b\f\n\r\t'.charAt(index)]),
);

const LITERALS: readonly (readonly [string, JsonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', JsonNumber.ofFloat(NaN)],
  ['Infinity', JsonNumber.ofFloat(Infinity)],
  ['-Infinity', JsonNumber.ofFloat(-Infinity)],
];

/** V8 lets a slice keep its whole source alive; slices of a source longer than this are copied. */
const MAX_SHARED_LENGTH = 8 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** One reading of one text, by recursive descent; every method begins and ends at `position`. */
class JsonParser {
  private position = 0;
  private values = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  parse(): JsonValue {
    const value = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.malformed('the end');
    return value;
  }

  private value(depth: number): JsonValue {
    this.values += 1;
    if (this.values > MAX_JSON_VALUES)
      throw new FederationError('too_many_values', `The JSON holds more than ${MAX_JSON_VALUES} values`);
    switch (this.skipSpace()) {
      case QUOTE:
        return this.string();
      case OPEN_BRACE:
        return this.object(this.deeper(depth));
      case OPEN_BRACKET:
        return this.array(this.deeper(depth));
      default:
        return this.numberOrLiteral();
    }
  }

  private object(depth: number): JsonObject {
    const object = Object.create(null) as Record<string, JsonValue>;
    this.position += 1;
    if (this.skipSpace() === CLOSE_BRACE) {
      this.position += 1;
      return object;
    }
    for (;;) {
      if (this.skipSpace() !== QUOTE) throw this.malformed('a key in quotes');
      const key = this.string();
      if (this.skipSpace() !== COLON) throw this.malformed('a colon');
      this.position += 1;
      object[key] = this.value(depth);
      const next = this.skipSpace();
      if (next !== COMMA && next !== CLOSE_BRACE) throw this.malformed('a comma or the end of the object');
      this.position += 1;
      if (next === CLOSE_BRACE) return object;
    }
  }

  private array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.position += 1;
    if (this.skipSpace() === CLOSE_BRACKET) {
      this.position += 1;
      return items;
    }
    for (;;) {
      items.push(this.value(depth));
      const next = this.skipSpace();
      if (next !== COMMA && next !== CLOSE_BRACKET) throw this.malformed('a comma or the end of the array');
      this.position += 1;
      if (next === CLOSE_BRACKET) return items;
    }
  }

  private string(): string {
    this.position += 1;
    let decoded = this.plainText();
    for (;;) {
      const next = this.text.charCodeAt(this.position);
      if (next === BACKSLASH) decoded += this.escape() + this.plainText();
      else if (next === QUOTE) break;
      else throw this.malformed('a character that is not a control character, or a closing quote');
    }
    this.position += 1;
    return this.text.length > MAX_SHARED_LENGTH ? ` ${decoded}`.slice(1) : decoded;
  }

  /** All up to the next quote, backslash or control character. */
  private plainText(): string {
    const start = this.position;
    PLAIN_TEXT.lastIndex = start;
    PLAIN_TEXT.test(this.text);
    this.position = PLAIN_TEXT.lastIndex;
    return this.text.slice(start, this.position);
  }

  private escape(): string {
    const letter = this.text.charAt(this.position + 1);
    if (letter === 'u') {
      const digits = this.text.slice(this.position + 2, this.position + 6);
      if (!FOUR_HEX_DIGITS.test(digits)) throw this.malformed('four hexadecimal digits after \\u');
      this.position += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    const character = ESCAPES.get(letter);
    if (character === undefined) throw this.malformed('a known escape');
    this.position += 2;
    return character;
  }

  private numberOrLiteral(): JsonValue {
    NUMBER.lastIndex = this.position;
    const match = NUMBER.exec(this.text);
    if (match === null) return this.literal();
    const [written, fraction, exponent] = match;
    if (fraction !== undefined || exponent !== undefined) {
      this.position += written.length;
      return JsonNumber.ofFloat(Number(written));
    }
    const digits = written.startsWith('-') ? written.length - 1 : written.length;
    if (digits > MAX_INTEGER_DIGITS)
      throw this.malformed(`an integer of at most ${MAX_INTEGER_DIGITS} digits`);
    this.position += written.length;
    return JsonNumber.ofDigits(written);
  }

  private literal(): JsonValue {
    for (const [written, value] of LITERALS) {
      if (this.text.startsWith(written, this.position)) {
        this.position += written.length;
        return value;
      }
    }
    throw this.malformed('a value');
  }

  /** Moves past white space and returns the character code there (NaN at the end). */
  private skipSpace(): number {
    let code = this.text.charCodeAt(this.position);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.position += 1;
      code = this.text.charCodeAt(this.position);
    }
    return code;
  }

  private deeper(depth: number): number {
    if (depth < this.maxDepth) return depth + 1;
    throw new FederationError('nested_too_deep', `The JSON is nested deeper than ${this.maxDepth} levels`);
  }

  private malformed(expected: string): FederationError {
    return new FederationError(
      'malformed_json',
      `Malformed JSON at character ${this.position}: expected ${expected}`,
    );
  }
}
