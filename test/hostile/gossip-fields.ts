import { generateKeyPairSync } from 'node:crypto';
import { HOUR_MS } from '../../src/protocol/durations.js';
import * as limits from '../../src/protocol/limits.js';
import { shifted, signatureField, timestampField } from './endpoints.js';
import type { Field, WrongValue } from './fields.js';

const { publicKey: SOUND_KEY } = pair('rsa', { modulusLength: 2048 });

/** Keys that wire protocol 1.1 has nobody use. */
const WRONG_KEYS: readonly WrongValue[] = [
  ['not a key', 'x'],
  ['of 1024 bits', pair('rsa', { modulusLength: 1024 }).publicKey],
  ['of 4608 bits', pair('rsa', { modulusLength: 4608 }).publicKey],
  ['with the exponent 3', pair('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey],
  ['of an elliptic curve', pair('ec', { namedCurve: 'P-256' }).publicKey],
  ['of Ed25519', pair('ed25519', {}).publicKey],
  ['for PSS alone', pair('rsa-pss', { modulusLength: 2048 }).publicKey],
  ['private', pair('rsa', { modulusLength: 2048 }).privateKey],
  ['with the line ends of Windows', SOUND_KEY.replaceAll('\n', '\r\n')],
  ['without its last line end', SOUND_KEY.trimEnd()],
  ['on one line', SOUND_KEY.replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '')],
  ['with a line before it', `a key:\n${SOUND_KEY}`],
  ['twice', SOUND_KEY + SOUND_KEY],
  ['cut short', `${SOUND_KEY.slice(0, 200)}\n-----END PUBLIC KEY-----\n`],
].map(([title, key]) => [title!, key!, 'key_unacceptable'] as const);

const VERSION: Field = {
  path: 'version',
  takes: 'text',
  isOptional: true,
  mayBeEmpty: true,
  max: limits.MAX_VERSION_LENGTH,
};

const UUID: Field = {
  path: 'server_uuid',
  takes: 'text',
  max: limits.MAX_SERVER_UUID_LENGTH,
  wrong: [
    ['in capitals', '0D5C1E0F-93A7-4F0E-8F0E-0A1B2C3D4E5F'],
    ['in braces', '{0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f}'],
    ['without hyphens', '0d5c1e0f93a74f0e8f0e0a1b2c3d4e5f'],
    ['with a line feed', '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f\n'],
    ['__proto__', '__proto__'],
  ],
};

const UNKNOWN_UUID: WrongValue = ['nobody’s', '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f', 'unknown_peer'];

function endpointField(name: 'federation' | 'discovery'): Field {
  const urls = [
    'newcomer.example',
    '//newcomer.example',
    'http://',
    'https:///x',
    'ftp://newcomer.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:,x',
    'http://user@127.0.0.1:9',
    'http://user:password@127.0.0.1:9',
    'http://127.0.0.1:9?x=1',
    'http://127.0.0.1:9#x',
    'http://127.0.0.1:9/\\x',
    'http://127.0.0.1:9/ x',
    'http://127.0.0.1:9/\n',
    'http://127.0.0.1:99999',
    'http://[::1',
    'http://256.256.256.256',
    'http://xn--a',
    'http://127.0.0.1:10',
    'https://127.0.0.1:9',
  ];
  return {
    path: `endpoints.${name}`,
    takes: 'text',
    max: limits.MAX_URL_LENGTH,
    wrong: urls.map((url): WrongValue => [url, url]),
  };
}

export const announcementFields: readonly Field[] = [
  VERSION,
  {
    path: 'server_id',
    takes: 'name',
    max: limits.MAX_SERVER_ID_LENGTH,
    wrong: [
      ['ours', 'target.example', 'name_taken'],
      ['ours in capitals', 'TARGET.EXAMPLE', 'name_taken'],
      ['another’s', 'peer.example', 'name_taken'],
    ],
  },
  UUID,
  {
    path: 'public_key',
    takes: 'text',
    mayBeEmpty: true,
    max: limits.MAX_PUBLIC_KEY_LENGTH,
    wrong: [
      ...WRONG_KEYS,
      ['empty', '', 'key_unacceptable'],
      ['not the one that signed', SOUND_KEY, 'signature_invalid'],
    ],
  },
  { path: 'capabilities', takes: 'object', isOptional: true },
  { path: 'capabilities.paging', takes: 'boolean', isOptional: true },
  { path: 'capabilities.ai_messaging', takes: 'boolean', isOptional: true },
  {
    path: 'capabilities.supported_versions',
    takes: 'list',
    isOptional: true,
    max: limits.MAX_SUPPORTED_VERSIONS,
    maxOfItem: limits.MAX_VERSION_LENGTH,
  },
  { path: 'endpoints', takes: 'object' },
  endpointField('federation'),
  endpointField('discovery'),
  timestampField(
    ['over an hour ago', shifted(-HOUR_MS - 60_000), 'announcement_expired'],
    ['in an hour', shifted(HOUR_MS), 'announcement_in_future'],
  ),
  signatureField(),
];

export const exchangeFields: readonly Field[] = [
  VERSION,
  {
    path: 'from_server',
    takes: 'name',
    max: limits.MAX_SERVER_ID_LENGTH,
    wrong: [
      ['nobody’s', 'nobody.example', 'unknown_peer'],
      ['ours', 'target.example', 'unknown_peer'],
      ['__proto__', '__proto__', 'unknown_peer'],
    ],
  },
  { path: 'peers', takes: 'list', max: limits.MAX_EXCHANGED_PEERS, maxOfItem: limits.MAX_SERVER_ID_LENGTH },
  timestampField(
    ['over an hour ago', shifted(-HOUR_MS - 60_000), 'message_expired'],
    ['in an hour', shifted(HOUR_MS), 'message_in_future'],
  ),
  signatureField(),
];

export const rotationFields: readonly Field[] = [
  VERSION,
  { ...UUID, wrong: [...UUID.wrong!, UNKNOWN_UUID] },
  {
    path: 'old_public_key',
    takes: 'text',
    mayBeEmpty: true,
    max: limits.MAX_PUBLIC_KEY_LENGTH,
    wrong: [...WRONG_KEYS, ['empty', ''], ['another', SOUND_KEY]].map(([title, key]): WrongValue => [
      title,
      key as string,
      'key_mismatch',
    ]),
  },
  {
    path: 'new_public_key',
    takes: 'text',
    mayBeEmpty: true,
    max: limits.MAX_PUBLIC_KEY_LENGTH,
    wrong: [...WRONG_KEYS, ['empty', '', 'key_unacceptable']],
  },
  { path: 'reason', takes: 'choice', isOptional: true },
  timestampField(['in an hour', shifted(HOUR_MS), 'message_in_future']),
  signatureField(),
];

export const revocationFields: readonly Field[] = [
  VERSION,
  { ...UUID, wrong: [...UUID.wrong!, UNKNOWN_UUID] },
  { path: 'server_id', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
  { path: 'reason', takes: 'text', mayBeEmpty: true, max: limits.MAX_REASON_LENGTH },
  timestampField(['in an hour', shifted(HOUR_MS), 'message_in_future']),
  signatureField(),
];

function pair(
  type: 'rsa' | 'ec' | 'ed25519' | 'rsa-pss',
  options: object,
): { publicKey: string; privateKey: string } {
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  };
  // One signature for all kinds, which the types of Node do not have.
  const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
  ) => { publicKey: string; privateKey: string };
  return generate(type, { ...options, ...encodings });
}
