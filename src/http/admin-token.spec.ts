import { expect, test } from 'vitest';
import { isAdminToken, presentedTokens } from './admin-token.js';

const TOKEN = 'correct-horse-battery';

test.each([
  ['the token', [TOKEN], true],
  ['none', [], false],
  ['another one', ['correct-horse-batterx'], false],
  ['a prefix of it', ['correct-horse'], false],
  ['a longer one', [`${TOKEN}x`], false],
  ['the token in other letters', [TOKEN.toUpperCase()], false],
  ['an empty one', [''], false],
  ['the token twice', [TOKEN, TOKEN], false],
  ['the token and another', [TOKEN, 'x'], false],
])('%s matches as it should', (_title, presented, expected) => {
  expect(isAdminToken(presented, TOKEN)).toBe(expected);
});

test('a token beyond ASCII matches the bytes that a client sends', () => {
  const token = 'schlüssel-schlüssel';
  const asNodeReadsIt = Buffer.from(token, 'utf8').toString('latin1');
  expect(isAdminToken([asNodeReadsIt], token)).toBe(true);
});

test.each([
  ['its own header', { 'x-lattice-admin-token': ['t'] }, ['t']],
  ['a bearer', { authorization: ['Bearer t'] }, ['t']],
  ['a bearer in other letters', { authorization: ['bEARER   t'] }, ['t']],
  ['no bearer but a password', { authorization: ['Basic dDp0'] }, []],
  ['a bearer without a token', { authorization: ['Bearer'] }, []],
  [
    'its own header beside a password',
    { 'x-lattice-admin-token': ['t'], authorization: ['Basic dDp0'] },
    ['t'],
  ],
  ['its own header before a bearer', { 'x-lattice-admin-token': ['t'], authorization: ['Bearer u'] }, ['t']],
  ['its own header twice', { 'x-lattice-admin-token': ['t', 'u'] }, ['t', 'u']],
  ['two bearers', { authorization: ['Bearer t', 'Bearer u'] }, ['t', 'u']],
  ['nothing', {}, []],
])('a request with %s presents what it says', (_title, headers, expected) => {
  expect(presentedTokens(headers)).toEqual(expected);
});
