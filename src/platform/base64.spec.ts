import { expect, it } from 'vitest';
import { decodeBase64, plainBase64 } from './base64.js';

/** What Python 3.11's b64decode gives, as text; null where it raises. */
it.each<[string, string | null]>([
  ['', ''],
  ['YWJj', 'abc'],
  ['YWI=', 'ab'],
  ['YQ==', 'a'],
  ['YW\nJj\n', 'abc'],
  [' Y!W_J-j ', 'abc'],
  ['YWJj=', 'abc'],
  ['YWJj====', 'abc'],
  ['=YWJj', 'abc'],
  ['Y=WJj', 'abc'],
  ['YW=Jj', 'abc'],
  ['YQ==YWJj', 'a'],
  ['YWI=YWJj', 'ab'],
  ['YR==', 'a'],
  ['Y', null],
  ['YQ', null],
  ['YQ=', null],
  ['YWI', null],
  ['YWJjY', null],
  ['YWJj\u00e9', null],
  ['YQ==\u00e9', null],
  ['\uff21YWJj', null],
])('%j decodes to %j', (text, expected) => {
  expect(decodeBase64(text)?.toString('latin1') ?? null).toBe(expected);
});

it.each([
  ['YWJj', 'YWJj'],
  ['YQ==', 'YQ=='],
  [' Y!W_J-j ', 'YWJj'],
  ['YQ==YWJj', 'YQ=='],
  ['YR==', 'YQ=='],
  ['Y', 'Y'],
])('%j is written %j', (text, expected) => {
  expect(plainBase64(text)).toBe(expected);
});
