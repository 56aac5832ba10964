import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, routesOf } from '../hostile/endpoints.js';
import { DOCUMENT, operationFor, problemsWith } from '../support/description.js';
import { databaseKinds } from '../support/databases.js';
import { Federation, type TestDaemon } from '../support/federation.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer } from '../support/test-daemon.js';

/** TestDaemon itself refuses an answer that is not as described; these tests see to it that each endpoint is asked. */

const federation = new Federation(databaseKinds.find(({ kind }) => kind === 'embedded')!);
let ada: TestDaemon;
let bob: TestDaemon;
let caller: Stranger;
beforeAll(async () => {
  [ada, bob] = (await federation.meet('ada', 'bob')) as [TestDaemon, TestDaemon];
  caller = await federation.stranger('caller.example');
  await caller.join(ada);
});
afterAll(() => federation.end());

/** Which answers were seen of which operation, as `getHealth 200`. */
const seen = new Set<string>();

/** Paths that are open to those alone who sign their requests. */
const SIGNED = new Set(ENDPOINTS.filter(({ isSigned }) => isSigned).map(({ route }) => route));

/** server_uuid of a server that has yet to come. */
const SOMEBODY = '9b0c5a52-8f0e-4d3a-9a51-7a1d2c9be002';

interface Example {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly title: string;
  readonly body: unknown;
  /** It shows a shape: its time is past, its signature is none. */
  readonly isStale: boolean;
}

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);
/** Each example of a request; one without a body where none is taken. What ends an identity comes last. */
const requests: readonly Example[] = operations
  .flatMap(({ method, path, operation }) => {
    const examples = Object.values(operation.requestBody?.content['application/json']?.examples ?? {});
    const bodies = examples.length === 0 ? [{ summary: 'no body', value: undefined }] : examples;
    return bodies.map(({ summary, value }) => ({
      id: operation.operationId,
      method,
      path,
      title: summary,
      body: value,
      isStale: operation.requestBody?.description !== undefined,
    }));
  })
  .sort((a, b) => Number(a.path.endsWith('/revoke')) - Number(b.path.endsWith('/revoke')));

/** Whose examples are refused, as they show other servers. */
const NOT_WITH_EXAMPLES = [
  '/api/v1/gossip/receive',
  '/api/v1/domain/register',
  '/api/v1/ext/join',
  '/api/v1/ext/probe',
  '/api/v1/peer-lists/import',
];

/** What only the running daemon knows is put in place of what the example shows. */
function ours(path: string, body: unknown, own: { server_uuid: string; public_key: string }): unknown {
  return path === '/api/v1/domain/register' ? { ...(body as object), ...own } : body;
}

function signatureFor(method: string, path: string, body: string): Promise<Record<string, string>> {
  // A second ahead: what was signed before a daemon began is refused, and these times are whole seconds.
  return caller.signatureFor(ada, method, path, body, { created: federation.clock.now() + 1_000 });
}

async function ask(one: Example): Promise<Answer> {
  const { method, path, body } = one;
  const { parameters } = operationFor(method, path)!;
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const own = {
    server_uuid: (await ada.identity()).server_uuid,
    public_key: ada.daemon.identity.self.publicKey,
  };
  const target = path
    .replace('{serverId}', 'bob')
    .replace('{domain}', 'bob')
    .replace('{serverUuid}', path.startsWith('/api/v1/ext/') ? own.server_uuid : SOMEBODY);
  const text = query.map(({ name, example }) => `${name}=${String(example)}`).join('&');
  const whole = text === '' ? target : `${target}?${text}`;
  const sent = ours(path, body, own);
  const headers = SIGNED.has(path) ? await signatureFor(method, whole, JSON.stringify(sent)) : {};
  const answer = await ada.request(method, whole, sent, headers);
  seen.add(`${one.id} ${answer.status}`);
  return answer;
}

it('describes every route of the running daemon, and no other', () => {
  const routes = routesOf(ada.daemon.app.getHttpAdapter().getInstance());
  const described = operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
  expect(described.sort()).toEqual(routes.sort());
});

describe('from a page of another site', () => {
  it.each(operations)('$method $path is answered to whom it says', async ({ method, path, operation }) => {
    const isAdministration = operation.tags[0] === 'administration';
    const answer = await ada.request(method, path.replace(/\{\w+\}/, 'x'), undefined, {
      'x-forwarded-for': '198.51.100.1',
    });
    expect(outcome(answer) === '403 not_allowed').toBe(isAdministration);
    expect(operation.security.length > 0).toBe(isAdministration);
  });
});

describe('the examples of requests', () => {
  it.each(requests.filter(({ isStale }) => !isStale))('are answered: $method $path, $title', async (one) => {
    const answer = await ask(one);
    const taken = one.path === '/api/v1/domain/register' ? [200, 409] : [200];
    expect(taken, JSON.stringify(answer.body)).toContain(answer.status);
  });

  it.each(requests.filter(({ isStale }) => isStale))(
    'are read, and taken or refused for what they say: $method $path, $title',
    async (one) => {
      const answer = await ask(one);
      expect([
        '200',
        '400 announcement_expired',
        '400 message_expired',
        '403 key_mismatch',
        '403 signature_invalid',
        '404 unknown_peer',
        '422 key_unacceptable',
      ]).toContain(outcome(answer));
    },
  );

  it('are answered when they are signed now: gossip', async () => {
    const eve = await federation.stranger('eve.example');
    await eve.join(bob);
    const kinds = {
      announcement: (await eve.announceTo(bob)).status,
      exchange: (await eve.exchangeWith(bob, ['ada'])).status,
      join: (await eve.joinAt(bob)).status,
      query: (await eve.ask(bob, 'bob')).status,
      rotation: (await eve.rotateAt(bob, await federation.keys.next())).status,
    };
    expect(kinds).toEqual({ announcement: 200, exchange: 200, join: 200, query: 200, rotation: 200 });
  });

  it('together have seen each endpoint answer', () => {
    const answered = operations.filter(({ operation }) => seen.has(`${operation.operationId} 200`));
    const missing = operations.filter((one) => !answered.includes(one)).map(({ path }) => path);
    expect(missing.filter((path) => !NOT_WITH_EXAMPLES.includes(path))).toEqual([]);
  });
});

describe('/docs', () => {
  it('is the document that these tests hold against the answers', async () => {
    const { body, headers } = await bob.get('/docs/openapi.json');
    const { info, servers, ...rest } = body as unknown as typeof DOCUMENT;
    const { info: _info, servers: _servers, ...expected } = DOCUMENT;
    expect(rest).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(servers.map(({ url }) => url)).toEqual([bob.url]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is a page that names every endpoint, runs no script and loads nothing', async () => {
    const response = await fetch(`${bob.url}/docs`, { headers: { 'sec-fetch-site': 'none' } });
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const { path, operation } of operations) {
      expect(page).toContain(path);
      expect(page).toContain(`id="${operation.operationId}"`);
    }
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|src=|url\(/i);
    expect(page.match(/href="(?!#|docs\/openapi\.json")[^"]*"/g)).toBeNull();
  });

  it('allows itself no more than its own style', async () => {
    const response = await fetch(`${bob.url}/docs`);
    const style = /<style>([\s\S]*?)<\/style>/.exec(await response.text())![1]!;
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    expect(response.headers.get('content-security-policy')!.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${Buffer.from(digest).toString('base64')}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('leads to every place in the page that it refers to', async () => {
    const page = await (await fetch(`${bob.url}/docs`)).text();
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]!);
    expect(targets.length).toBeGreaterThan(operations.length);
    for (const target of targets) expect(page).toContain(`id="${target}"`);
  });

  it.each([
    ['a bookmark', { 'sec-fetch-site': 'none' }, 200],
    ['a link on itself', { 'sec-fetch-site': 'same-origin' }, 200],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a proxy', { 'x-forwarded-for': '198.51.100.1' }, 403],
  ])('reached from %s', async (_title, headers, status) => {
    for (const path of ['/docs', '/docs/openapi.json'])
      expect((await bob.get(path, headers as Record<string, string>)).status).toBe(status);
  });

  it('wants the token where one is set', async () => {
    const token = 'correct horse battery staple'.replaceAll(' ', '-');
    const locked = await federation.start('locked', { LATTICE_ADMIN_TOKEN: token });
    for (const path of ['/docs', '/docs/openapi.json']) {
      expect(outcome(await locked.get(path))).toBe('403 not_allowed');
      expect((await locked.get(path, { 'x-lattice-admin-token': token })).status).toBe(200);
    }
    const page = await fetch(`${locked.url}/docs`, { headers: { 'x-lattice-admin-token': token } });
    expect(await page.text()).not.toContain(token);
  });
});

describe('refusals', () => {
  it('are held against the description', () => {
    const described = operationFor('GET', '/api/v1/identity')!.responses[403]!.content['application/json']!
      .schema;
    expect(problemsWith(described, { detail: 'x', code: 'not_allowed' })).toBeNull();
    expect(problemsWith(described, { detail: 'x', code: 'name_taken' })).not.toBeNull();
    expect(problemsWith(described, { detail: 'x', code: 'not_allowed', more: 1 })).not.toBeNull();
  });

  it('of a name that is taken show the verification', async () => {
    const { server_uuid } = await bob.identity();
    const body = { desired_domain: 'ada', server_uuid, public_key: bob.daemon.identity.self.publicKey };
    expect(outcome(await bob.post('/api/v1/domain/register', body))).toBe('409 name_taken');
  });
});
