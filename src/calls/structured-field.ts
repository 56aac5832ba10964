import { FederationError } from '../protocol/errors.js';

/** A word without quotes (RFC 9651, 3.3.4). */
class Token {
  constructor(readonly text: string) {}
}

/** A value of a structured field; bytes are those of a byte sequence. Decimals and dates are not among them: nothing here has one. */
export type BareItem = string | number | boolean | Token | Buffer;
export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly value: BareItem;
  readonly parameters: Parameters;
}

export interface InnerList {
  readonly items: readonly Item[];
  readonly parameters: Parameters;
}

export type Member = Item | InnerList;

export function isInnerList(member: Member): member is InnerList {
  return 'items' in member;
}

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const INTEGER = /-?[0-9]{1,15}(?![0-9.])/y;
const STRING = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/y;
const BYTES = /:([A-Za-z0-9+/]*={0,2}):/y;
const BOOLEAN = /\?([01])/y;
const COMMA = / *, */y;

/**
 * A dictionary (RFC 9651, 3.2), read more strictly than the RFC asks: a name given twice is refused and not overruled,
 * and only base64 in its one canonical spelling is taken. So a field has one meaning, whoever reads it.
 * @throws FederationError `malformed_signature`
 */
export function parseDictionary(text: string): ReadonlyMap<string, Member> {
  return new FieldReader(text).dictionary();
}

/** As RFC 9651, 4.1.1.1 writes it. */
export function serializeInnerList({ items, parameters }: InnerList): string {
  return `(${items.map(serializeItem).join(' ')})${serializeParameters(parameters)}`;
}

export function serializeItem({ value, parameters }: Item): string {
  return serializeBare(value) + serializeParameters(parameters);
}

function serializeParameters(parameters: Parameters): string {
  return [...parameters]
    .map(([name, value]) => (value === true ? `;${name}` : `;${name}=${serializeBare(value)}`))
    .join('');
}

function serializeBare(value: BareItem): string {
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? '?1' : '?0';
  return value instanceof Token ? value.text : `:${value.toString('base64')}:`;
}

/** One reading of one field; every method begins and ends at `position`. */
class FieldReader {
  private position = 0;

  constructor(private readonly text: string) {}

  dictionary(): ReadonlyMap<string, Member> {
    const members = new Map<string, Member>();
    do {
      const name = this.key();
      if (members.has(name)) throw malformed('names a member twice');
      members.set(name, this.member());
    } while (this.match(COMMA) !== null);
    if (this.position < this.text.length) throw malformed('is not a dictionary (RFC 9651)');
    return members;
  }

  private member(): Member {
    if (!this.skip('=')) return { value: true, parameters: this.parameters() };
    return this.skip('(') ? this.innerList() : this.item();
  }

  private innerList(): InnerList {
    const items: Item[] = [];
    while (!this.skip(')')) {
      if (items.length > 0 && !this.skip(' ')) throw malformed('has a list without spaces between its items');
      items.push(this.item());
    }
    return { items, parameters: this.parameters() };
  }

  private item(): Item {
    return { value: this.bareItem(), parameters: this.parameters() };
  }

  private parameters(): Parameters {
    const parameters = new Map<string, BareItem>();
    while (this.skip(';')) {
      const name = this.key();
      if (parameters.has(name)) throw malformed('names a parameter twice');
      parameters.set(name, this.skip('=') ? this.bareItem() : true);
    }
    return parameters;
  }

  private bareItem(): BareItem {
    const text = this.match(STRING);
    if (text !== null) return text[1]!.replace(/\\(.)/g, '$1');
    const integer = this.match(INTEGER);
    if (integer !== null) return Number(integer[0]);
    const bytes = this.match(BYTES);
    if (bytes !== null) return canonicalBytes(bytes[1]!);
    const boolean = this.match(BOOLEAN);
    if (boolean !== null) return boolean[1] === '1';
    const token = this.match(TOKEN);
    if (token !== null) return new Token(token[0]);
    throw malformed('holds a value that is none of RFC 9651');
  }

  private key(): string {
    const key = this.match(KEY);
    if (key === null) throw malformed('lacks a name (RFC 9651)');
    return key[0];
  }

  private skip(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match !== null) this.position = pattern.lastIndex;
    return match;
  }
}

function canonicalBytes(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64)
    throw malformed('holds base64 that is not written as it should be');
  return bytes;
}

function malformed(problem: string): FederationError {
  return new FederationError('malformed_signature', `A header of the signature ${problem}`);
}
