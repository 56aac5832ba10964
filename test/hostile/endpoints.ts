import type { Express } from 'express';
import * as limits from '../../src/protocol/limits.js';
import { PEER_UUID } from './author.js';
import type { Field } from './fields.js';
import type { LooseObject } from './json.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As the router has it. */
  readonly route: string;
  /** One that exists. */
  readonly path: string;
  /** Open to peers; else administration. */
  readonly isOpen: boolean;
  /** Open to those alone who sign their requests (wire protocol 2.1). */
  readonly isSigned?: true;
  /** Whether it looks at a body at all, and if so whether it wants one. */
  readonly body: 'ignored' | 'optional' | 'required';
  /** Tried one by one in fields.test.ts or, for gossip, in gossip.test.ts. */
  readonly fields: readonly Field[];
}

const WRONG_OWNER = ['of another server', 'x', 'identity_mismatch'] as const;

/** Every endpoint there is; a test compares this with the router of the running daemon. */
export const ENDPOINTS: readonly Endpoint[] = [
  open('GET', '/status'),
  open('GET', '/api/v1/announcement'),
  open('POST', '/api/v1/gossip/receive', [
    {
      path: 'message_type',
      takes: 'choice',
      wrong: [
        ['domain_query', 'domain_query', 'unsupported_message'],
        ['domain_response', 'domain_response', 'unsupported_message'],
        ['in capitals', 'ANNOUNCEMENT'],
        ['a list of one', ['announcement']],
      ],
    },
    { path: 'payload', takes: 'object', wrong: [['its own text', '{}']] },
    { path: 'from_server', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
    timestampField(),
  ]),
  open('POST', '/api/v1/domain/query', [
    { path: 'query_id', takes: 'text', max: limits.MAX_ID_LENGTH },
    { path: 'domain', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
    { path: 'requester', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
    { path: 'max_hops', takes: 'integer', isOptional: true, max: limits.MAX_QUERY_HOPS, wrong: [['0', 0]] },
    timestampField(
      ['an hour ago', shifted(-3_600_000), 'message_expired'],
      ['in an hour', shifted(3_600_000), 'message_in_future'],
    ),
    { ...signatureField(), isOptional: true, isNullable: true },
  ]),
  signed('POST', '/api/v1/ext/rumor', [
    { path: 'records', takes: 'list', isOptional: true, max: limits.MAX_RUMOR_RECORDS },
    { path: 'offers', takes: 'list', isOptional: true, max: limits.MAX_RUMOR_OFFERS },
  ]),
  signed('POST', '/api/v1/ext/changes', [
    { path: 'epoch', takes: 'text', isOptional: true, isNullable: true, max: limits.MAX_ID_LENGTH },
    { path: 'after', takes: 'integer', takesZero: true, isOptional: true, max: Number.MAX_SAFE_INTEGER },
    { path: 'limit', takes: 'integer', isOptional: true, max: limits.MAX_CHANGES, wrong: [['0', 0]] },
  ]),
  signed('POST', '/api/v1/ext/digest', [
    {
      path: 'root',
      takes: 'text',
      isOptional: true,
      isNullable: true,
      max: 64,
      wrong: [['63 letters', 'a'.repeat(63)]],
    },
    {
      path: 'buckets',
      takes: 'list',
      ofNumbers: true,
      isOptional: true,
      max: limits.MAX_DIGEST_BUCKETS,
      wrong: [['256', [256]]],
    },
    {
      path: 'leaves',
      takes: 'list',
      ofNumbers: true,
      isOptional: true,
      max: limits.MAX_DIGEST_LEAVES,
      wrong: [['4096', [4096]]],
    },
  ]),
  signed('POST', '/api/v1/ext/records', [
    {
      path: 'server_uuids',
      takes: 'list',
      max: limits.MAX_RECORDS_PER_LIST,
      maxOfItem: limits.MAX_SERVER_UUID_LENGTH,
    },
  ]),
  signed('GET', '/api/v1/ext/view'),
  signed('POST', '/api/v1/ext/probe', [
    { path: 'server_uuid', takes: 'text', max: limits.MAX_SERVER_UUID_LENGTH },
  ]),
  signed('POST', '/api/v1/ext/link', [
    { path: 'wanted', takes: 'boolean' },
    { path: 'feeler', takes: 'boolean', isOptional: true },
    { path: 'in_need', takes: 'boolean', isOptional: true },
  ]),
  { ...open('GET', '/api/v1/ext/challenge'), path: '/api/v1/ext/challenge?nonce=0123456789abcdef' },
  {
    ...open('GET', '/api/v1/ext/keychain/:serverUuid'),
    path: `/api/v1/ext/keychain/${PEER_UUID}`,
  },
  // Its fields, those of an announcement, are tried in join.test.ts.
  { ...open('POST', '/api/v1/ext/join'), body: 'required' },
  open('GET', '/.well-known/lattice'),
  administration('GET', '/health'),
  administration('GET', '/api/v1/health'),
  administration('GET', '/health/live'),
  administration('GET', '/health/ready'),
  administration('GET', '/metrics'),
  administration('GET', '/api/v1/identity'),
  administration('GET', '/api/v1/peers'),
  { ...administration('GET', '/api/v1/peers/:serverId'), path: '/api/v1/peers/peer.example' },
  {
    ...administration('PUT', '/api/v1/peers/:serverId/trust', 'required', [
      {
        path: 'trust',
        takes: 'choice',
        wrong: [
          ['revoked', 'revoked'],
          ['in capitals', 'BLOCKED'],
        ],
      },
    ]),
    path: '/api/v1/peers/peer.example/trust',
  },
  administration('GET', '/api/v1/peer-lists'),
  administration('POST', '/api/v1/peer-lists/import', 'required', [
    { path: 'version', takes: 'text', isOptional: true, mayBeEmpty: true, max: limits.MAX_VERSION_LENGTH },
    {
      path: 'server_uuid',
      takes: 'text',
      max: limits.MAX_SERVER_UUID_LENGTH,
      wrong: [
        ['in capitals', PEER_UUID.toUpperCase()],
        ['__proto__', '__proto__'],
      ],
    },
    { path: 'server_id', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
    {
      path: 'public_key',
      takes: 'text',
      mayBeEmpty: true,
      max: limits.MAX_PUBLIC_KEY_LENGTH,
      wrong: [
        ['empty', '', 'key_unacceptable'],
        ['not a key', 'x', 'key_unacceptable'],
      ],
    },
    {
      path: 'records',
      takes: 'list',
      max: limits.MAX_RECORDS_PER_LIST,
      wrong: [
        ['a record of nothing', [{}]],
        ['a record of null', [{ server_uuid: PEER_UUID, rotations: null }]],
        ['a record of an empty announcement', [{ server_uuid: PEER_UUID, announcement: {} }]],
      ],
    },
    timestampField(),
    signatureField(),
  ]),
  administration('POST', '/api/v1/announce', 'optional', [
    { path: 'force', takes: 'boolean', isOptional: true },
  ]),
  { ...administration('POST', '/api/v1/route/:domain'), path: '/api/v1/route/target.example' },
  {
    ...administration('POST', '/api/v1/domain/verify'),
    path: '/api/v1/domain/verify?domain=free.example&server_uuid=0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f',
  },
  administration('POST', '/api/v1/domain/register', 'required', [
    { path: 'desired_domain', takes: 'name', max: limits.MAX_SERVER_ID_LENGTH },
    {
      path: 'server_uuid',
      takes: 'text',
      mayBeEmpty: true,
      max: limits.MAX_SERVER_UUID_LENGTH,
      wrong: [WRONG_OWNER],
    },
    {
      path: 'public_key',
      takes: 'text',
      mayBeEmpty: true,
      max: limits.MAX_PUBLIC_KEY_LENGTH,
      wrong: [WRONG_OWNER],
    },
  ]),
  administration('POST', '/api/v1/identity/rotate-key', 'required', [
    { path: 'reason', takes: 'choice', isOptional: true },
  ]),
  administration('POST', '/api/v1/identity/revoke', 'required', [
    { path: 'reason', takes: 'text', mayBeEmpty: true, max: limits.MAX_REASON_LENGTH },
    {
      path: 'confirm',
      takes: 'choice',
      wrong: [
        ['in capitals', 'PERMANENTLY'],
        ['true', true],
      ],
    },
  ]),
  administration('GET', '/api/v1/admissions'),
  verdict('/api/v1/admissions/:serverUuid/approve'),
  verdict('/api/v1/admissions/:serverUuid/refuse'),
  administration('POST', '/api/v1/maintenance/update_neighbors'),
  administration('POST', '/api/v1/maintenance/cleanup'),
  administration('GET', '/docs'),
  administration('GET', '/docs/openapi.json'),
];

export function endpoint(method: string, route: string): Endpoint {
  const found = ENDPOINTS.find((one) => one.method === method && one.route === route);
  if (found === undefined) throw new Error(`no cases for ${method} ${route}`);
  return found;
}

/** `METHOD route` of everything that the router of a running daemon would answer. */
export function routesOf(app: Express): string[] {
  return app.router.stack.flatMap(({ route }) =>
    route === undefined ? [] : route.stack.map(({ method }) => `${method.toUpperCase()} ${route.path}`),
  );
}

export function timestampField(...wrong: NonNullable<Field['wrong']>): Field {
  return {
    path: 'timestamp',
    takes: 'text',
    max: limits.MAX_TIMESTAMP_LENGTH,
    wrong: [
      ['no time at all', 'yesterday'],
      ['a day that never was', '2026-02-30T00:00:00Z'],
      ['the 25th hour', '2026-02-03T25:00:00Z'],
      ['a year of five digits', '12026-02-03T00:00:00Z'],
      ['seconds since 1970', '1764000000'],
      ['digits of another script', '٢٠٢٦-02-03T00:00:00Z'],
      ...wrong,
    ],
  };
}

export function signatureField(): Field {
  return {
    path: 'signature',
    takes: 'text',
    mayBeEmpty: true,
    max: limits.MAX_SIGNATURE_LENGTH,
    wrong: [
      ['empty', '', 'signature_invalid'],
      ['not base64', '%%%%', 'signature_invalid'],
      ['zeroes', 'A'.repeat(342) + '==', 'signature_invalid'],
      ['beyond ASCII', 'é'.repeat(342), 'signature_invalid'],
    ],
  };
}

/** Read anew for each case: as long ago, or as far ahead, as it says. */
export function shifted(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

function open(method: Endpoint['method'], route: string, fields: readonly Field[] = []): Endpoint {
  return {
    method,
    route,
    path: route,
    isOpen: true,
    body: fields.length > 0 ? 'required' : 'ignored',
    fields,
  };
}

function signed(...columns: Parameters<typeof open>): Endpoint {
  return { ...open(...columns), isSigned: true };
}

function administration(
  method: Endpoint['method'],
  route: string,
  body: Endpoint['body'] = 'ignored',
  fields: readonly Field[] = [],
): Endpoint {
  return { method, route, path: route, isOpen: false, body, fields };
}

function verdict(route: string): Endpoint {
  const fields: Field[] = [{ path: 'fingerprint', takes: 'text', isOptional: true, max: 32 }];
  const path = route.replace(':serverUuid', '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f');
  return { ...administration('POST', route, 'optional', fields), path };
}

/** A body that would be accepted, of an endpoint whose body nobody signs. */
export function soundBody({ route }: Endpoint, own: { serverUuid: string; publicKey: string }): LooseObject {
  switch (route) {
    case '/api/v1/peers/:serverId/trust':
      return { trust: 'trusted' };
    case '/api/v1/announce':
      return { force: true };
    case '/api/v1/domain/register':
      return { desired_domain: 'other.example', server_uuid: own.serverUuid, public_key: own.publicKey };
    case '/api/v1/ext/rumor':
      return { records: [], offers: [] };
    case '/api/v1/ext/changes':
      return { epoch: null, after: 0, limit: 10 };
    case '/api/v1/ext/digest':
      return { root: null, buckets: [], leaves: [] };
    case '/api/v1/ext/records':
      return { server_uuids: [] };
    case '/api/v1/ext/probe':
      return { server_uuid: own.serverUuid };
    case '/api/v1/ext/link':
      return { wanted: true, feeler: false, in_need: false };
    case '/api/v1/identity/rotate-key':
      return { reason: 'upgrade' };
    case '/api/v1/identity/revoke':
      return { reason: 'the end', confirm: 'permanently' };
    case '/api/v1/admissions/:serverUuid/approve':
    case '/api/v1/admissions/:serverUuid/refuse':
      return { fingerprint: '0123456789ABCDEF0123456789ABCDEF' };
    default:
      throw new Error(`no body is known for ${route}`);
  }
}
