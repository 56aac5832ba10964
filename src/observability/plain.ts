import type { LogFields } from './logger.js';
import type { Redact } from './redactor.js';

const MAX_TEXT_LENGTH = 8_192;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
/** Values in one line: an error of a library can carry a socket or a whole request. */
const MAX_VALUES = 1_000;

/** Control characters, which could forge lines or drive a terminal. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
/** Line ends and tabs stay: stacks have them. */
const CONTROLS_BUT_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** One line, redacted and bounded. */
export function plainMessage(message: string, redact: Redact): string {
  return escapeControls(bounded(redact(message)), CONTROLS);
}

/**
 * Copies any value into plain JSON values: redacted, bounded in depth, width and length, without cycles.
 * An error becomes {type, code, message, stack, cause, errors} and whatever else it carries.
 */
export function plainFields(fields: LogFields, redact: Redact): Record<string, Plain> {
  return new PlainCopy(redact).record(fields, 0);
}

class PlainCopy {
  readonly #open = new Set<object>();
  #valuesLeft = MAX_VALUES;

  constructor(private readonly redact: Redact) {}

  of(value: unknown, depth: number): Plain {
    if (this.#valuesLeft <= 0) return '[more]';
    this.#valuesLeft -= 1;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return value.toString();
      case 'undefined':
        return null;
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      case 'object':
        return value === null ? null : this.#object(value, depth);
    }
  }

  record(value: object, depth: number): Record<string, Plain> {
    const names = Object.keys(value);
    const kept = names
      .slice(0, MAX_ITEMS)
      .map((name) => [this.#text(name), this.of(read(value, name), depth + 1)]);
    if (names.length > MAX_ITEMS) kept.push(['...', names.length - MAX_ITEMS]);
    return Object.fromEntries(kept) as Record<string, Plain>;
  }

  #object(value: object, depth: number): Plain {
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (this.#open.has(value)) return '[circular]';
    if (depth > MAX_DEPTH) return '[deeper]';
    this.#open.add(value);
    try {
      return this.#inside(value, depth);
    } finally {
      this.#open.delete(value);
    }
  }

  #inside(value: object, depth: number): Plain {
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof Map) return this.record(Object.fromEntries(value) as object, depth);
    if (value instanceof Set) return this.#list([...value], depth);
    if (Array.isArray(value)) return this.#list(value as unknown[], depth);
    const toJson = read(value, 'toJSON');
    if (typeof toJson !== 'function') return this.record(value, depth);
    return this.of(
      attempt(() => (toJson as () => unknown).call(value)),
      depth + 1,
    );
  }

  #error(error: Error, depth: number): Plain {
    const { name: _, ...enumerable } = this.record(error, depth);
    const text = (key: string): string => this.#text(textOr(read(error, key), '[unreadable]'));
    const hidden = ['cause', 'errors'].filter((key) => Object.hasOwn(error, key));
    return {
      type: text('name'),
      ...enumerable,
      message: text('message'),
      stack: text('stack'),
      ...Object.fromEntries(hidden.map((key) => [key, this.of(read(error, key), depth + 1)])),
    };
  }

  #list(items: readonly unknown[], depth: number): Plain {
    const kept = items.slice(0, MAX_ITEMS).map((item) => this.of(item, depth + 1));
    return items.length > MAX_ITEMS ? [...kept, `... ${items.length - MAX_ITEMS} more`] : kept;
  }

  #text(text: string): string {
    return escapeControls(bounded(this.redact(text)), CONTROLS_BUT_LINES);
  }
}

/** A getter that throws must not break the line that tells about it. */
function read(value: object, name: string): unknown {
  return attempt(() => (value as Record<string, unknown>)[name]);
}

function attempt(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return '[unreadable]';
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT_LENGTH
    ? text
    : `${text.slice(0, MAX_TEXT_LENGTH)}... (${text.length} characters)`;
}

function escapeControls(text: string, controls: RegExp): string {
  return text.replace(controls, escapedCharacter);
}

/** `\u001b`, as JSON writes it. */
export function escapedCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
