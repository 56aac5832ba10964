import { expect, it } from 'vitest';
import { generateKeyPair } from '../../src/platform/keys.js';
import { judge, secretParts } from './suite-record.js';

const TOKEN = 'a-token-of-the-operator';

it.each([
  ['a token', TOKEN, `{"token":"${TOKEN}"}`, 1],
  ['a token that is not there', TOKEN, '{"token":"***"}', 0],
  ['a line of no secret', 'short', 'nothing', 0],
])('the record of a run finds %s', (_sentence, secret, output, leaked) => {
  expect(judge(output, new Set(secretParts(secret)))).toMatchObject({ secrets: 1, leaked });
});

it('the record of a run finds a private key by any line of it, and does not take its header for one', async () => {
  const { privateKeyPem, publicKeyPem } = await generateKeyPair();
  const parts = secretParts(privateKeyPem);
  const lines = privateKeyPem.split('\n').slice(1, -2);
  expect(parts).toEqual(lines);
  expect(judge(`... ${lines[7]} ...`, new Set(parts))).toMatchObject({ secrets: lines.length, leaked: 1 });
  expect(judge(`${publicKeyPem}-----BEGIN PRIVATE KEY-----`, new Set(parts)).leaked).toBe(0);
});
