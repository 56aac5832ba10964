import { describe, expect, it } from 'vitest';
import { FederationError } from '../protocol/errors.js';
import { isInnerList, parseDictionary, serializeInnerList, serializeItem } from './structured-field.js';

/** As it would be written by whoever keeps to RFC 9651. */
function rewritten(text: string): string {
  return [...parseDictionary(text)]
    .map(
      ([name, member]) =>
        `${name}=${isInnerList(member) ? serializeInnerList(member) : serializeItem(member)}`,
    )
    .join(', ');
}

describe('a structured field', () => {
  it.each([
    'a=1',
    'a=-999999999999999',
    'a="with \\"quotes\\" and \\\\"',
    'a=token/x:y',
    'a=:aGVsbG8=:',
    'a=?0',
    'a=()',
    'a=("x" "y";p=1);q="z";r',
    'a=1, b=2',
    '*a-b_c.9=1',
  ])('is read and written as %s', (text) => {
    expect(rewritten(text)).toBe(text);
  });

  it('may have a member without a value, and spaces around its commas', () => {
    expect(rewritten('a;b=1  ,  c=2')).toBe('a=?1;b=1, c=2');
  });

  it.each([
    ['nothing', ''],
    ['a member without a name', '=1'],
    ['a name in capitals', 'A=1'],
    ['a member twice', 'a=1, a=2'],
    ['a parameter twice', 'a=("x");created=1;created=2'],
    ['a parameter of an item twice', 'a=("x";p;p)'],
    ['a comma at the end', 'a=1,'],
    ['no comma between two', 'a=1 b=2'],
    ['a list that does not end', 'a=("x"'],
    ['a list without spaces', 'a=("x""y")'],
    ['a list with two spaces', 'a=("x"  "y")'],
    ['a list in a list', 'a=(("x"))'],
    ['a text that does not end', 'a="x'],
    ['a text beyond ASCII', 'a="é"'],
    ['a line feed', 'a="x\ny"'],
    ['an escape that is none', 'a="\\n"'],
    ['a fraction', 'a=1.5'],
    ['an integer of 16 digits', 'a=1234567890123456'],
    ['base64 without padding', 'a=:aGVsbG8:'],
    ['base64 with bits to spare', 'a=:aGVsbG9=:'],
    ['base64 for URLs', 'a=:_-8=:'],
    ['base64 that does not end', 'a=:aGVsbG8='],
    ['a boolean that is neither', 'a=?2'],
    ['space after the name', 'a =1'],
  ])('is refused with %s', (_title, text) => {
    expect(() => parseDictionary(text)).toThrow(FederationError);
    expect(() => parseDictionary(text)).toThrow(expect.objectContaining({ code: 'malformed_signature' }));
  });

  it('takes a time that grows with its length and not faster', () => {
    const text = `a=("${'x'.repeat(100_000)}"${' "y"'.repeat(50_000)})`;
    expect(rewritten(text)).toBe(text);
    expect(() => parseDictionary(`a="${'\\"'.repeat(100_000)}`)).toThrow(FederationError);
  });
});
