import { MAX_NONCE_LENGTH, MIN_NONCE_LENGTH } from '../../src/protocol/limits.js';

/** What a handler reads of the path or of the query string, and what is wrong in its place. */
export interface ParameterCases {
  /** `METHOD route`, as the router has it. */
  readonly endpoint: string;
  readonly name: string;
  /** As the refusal calls it, where that is not its name. */
  readonly field?: string;
  /** As written in a URL. */
  readonly wrong: readonly string[];
  /** Of a query string: one that would be taken, once. */
  readonly sound?: string;
  /** What else the query string has to hold. */
  readonly others?: string;
  readonly body?: string;
}

export const UUID = '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f';

/** Escapes of what is no text, or nothing that a text may hold. A path with one that cannot be read has no handler. */
const NO_TEXT = ['%00', '%ff', '%ed%a0%80', '%zz', '%'];

const BOOLEANS = ['', 'yes', '2', '-0', '1e0', 'null', '[]', '{}', '__proto__', 'x'.repeat(8192), ...NO_TEXT];

const NAMES_IN_QUERY = [
  ...['', 'http://free.example', 'a@free.example', '../free', 'free%20example', 'b%C3%BCcher.example'],
  ...['free.example%0a', 'x'.repeat(256), 'x'.repeat(8192), ...NO_TEXT],
];

const UUIDS_IN_QUERY = [
  ...['', 'x', 'null', '-1', '__proto__', UUID.slice(1), `${UUID}0`, `{${UUID}}`, `${UUID}%0a`],
  ...[UUID.replaceAll('-', ''), `${UUID},${UUID}`, '0'.repeat(8192), ...NO_TEXT],
];

const NAMES_IN_PATH = [
  ...['b%C3%BCcher.example', 'a%20b', 'a%00b', '%00', 'a%0ab', 'a%2fb', '%2e%2e%2fa', '%e2%80%ae', '%7b%7d'],
  ...['user%40peer.example', 'http%3a%2f%2fpeer.example', 'x'.repeat(256), 'x'.repeat(8192)],
];

const UUIDS_IN_PATH = [
  ...['x', 'null', '-1', '__proto__', UUID.slice(1), `${UUID}0`, `%7b${UUID}%7d`, `${UUID}%0a`, `%20${UUID}`],
  ...[UUID.toUpperCase(), UUID.replaceAll('-', ''), '%00', `${UUID}%00`, '%2e%2e%2fx', '%e2%80%ae'],
  ...[`${UUID}%2f${UUID}`, '0'.repeat(8192)],
];

const NONCES = [
  ...['', 'x', 'x'.repeat(MIN_NONCE_LENGTH - 1), 'x'.repeat(MAX_NONCE_LENGTH + 1), 'x'.repeat(8192)],
  ...['%00', '%0a', '%20', '%2b', '/', '=', '%c3%a9', '%e2%80%ae', '%22', '%ff', '%zz'].map(
    (odd) => `0123456789abcdef${odd}`,
  ),
];

/** Every parameter that there is; a test compares this with the handlers. */
export const PARAMETERS: readonly ParameterCases[] = [
  ...['active_only', 'include_blocked', 'detail'].map((name) => ({
    endpoint: 'GET /api/v1/peers',
    name,
    wrong: BOOLEANS,
    sound: 'true',
  })),
  {
    endpoint: 'GET /api/v1/peer-lists',
    name: 'after',
    wrong: [...UUIDS_IN_QUERY, UUID.toUpperCase()],
    sound: UUID,
  },
  { endpoint: 'GET /api/v1/ext/challenge', name: 'nonce', wrong: NONCES, sound: '0123456789abcdef' },
  {
    endpoint: 'POST /api/v1/domain/verify',
    name: 'domain',
    wrong: NAMES_IN_QUERY,
    sound: 'free.example',
    others: `server_uuid=${UUID}`,
  },
  {
    endpoint: 'POST /api/v1/domain/verify',
    name: 'server_uuid',
    wrong: UUIDS_IN_QUERY,
    sound: UUID,
    others: 'domain=free.example',
  },
  { endpoint: 'POST /api/v1/route/:domain', name: 'domain', wrong: NAMES_IN_PATH },
  { endpoint: 'GET /api/v1/peers/:serverId', name: 'serverId', field: 'server_id', wrong: NAMES_IN_PATH },
  {
    endpoint: 'PUT /api/v1/peers/:serverId/trust',
    name: 'serverId',
    field: 'server_id',
    wrong: NAMES_IN_PATH,
    body: '{"trust":"blocked"}',
  },
  ...[
    'GET /api/v1/ext/keychain/:serverUuid',
    'POST /api/v1/admissions/:serverUuid/approve',
    'POST /api/v1/admissions/:serverUuid/refuse',
  ].map((endpoint) => ({ endpoint, name: 'serverUuid', field: 'server_uuid', wrong: UUIDS_IN_PATH })),
];

/** The paths with each of the wrong values in its place, and those of a query string given twice. */
export function wrongPaths({ endpoint, name, wrong, sound, others }: ParameterCases): string[] {
  const route = endpoint.split(' ')[1]!;
  if (sound === undefined) return wrong.map((value) => route.replace(`:${name}`, value));
  const right = `${name}=${sound}`;
  const given = [
    name,
    ...wrong.map((value) => `${name}=${value}`),
    ...[`${right}&${right}`, `${right}&${name}=x&${right}`, `${name}=&${right}`],
  ];
  const rest = others === undefined ? '' : `&${others}`;
  return given.map((query) => `${route}?${query}${rest}`);
}
