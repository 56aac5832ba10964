import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendRaw } from './raw.js';

let daemon: TestDaemon;
beforeAll(async () => void (daemon = await startDaemon()));
afterAll(() => daemon.close());
afterEach(() => void daemon.log.entries.splice(0));

const raw = (request: string) => sendRaw(daemon.port, [request]);

describe('an address where nothing is', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/api/v1/unknown'],
    ['POST', '/api/v1/identity'],
    ['DELETE', '/api/v1/gossip'],
    ['OPTIONS', '/api/v1/gossip'],
    ['PATCH', '/../../etc/passwd'],
  ])('%s %s: 404 naming both', async (method, path) => {
    expect(await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatchObject({
      status: 404,
      body: { code: 'not_found', detail: `There is no ${method} ${path} here` },
    });
  });

  test('is not repeated at any length, nor with its query', async () => {
    const { body } = await daemon.call('GET', `/${'x'.repeat(8000)}?token=secret`);
    expect((body['detail'] as string).length).toBeLessThan(300);
    expect(body['detail']).not.toContain('secret');
  });
});

describe('a request that is not one', () => {
  test.each([
    ['a broken percent-encoding', 'GET /api/v1/route/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    [
      'a percent-encoding that is not UTF-8',
      'GET /api/v1/route/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n',
      400,
    ],
    ['no HTTP', 'HELLO\r\n\r\n', 400],
    ['an unknown method', 'BREW /api/v1/identity HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['a space before a colon', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  ])('%s: a JSON answer with a code', async (_title, request, status) => {
    const answer = await raw(request);
    expect(answer).toMatchObject({
      status,
      body: { code: 'malformed_request', detail: expect.any(String) as string },
    });
    expect(answer.head).toMatch(/content-type: application\/json/i);
  });
});

describe('a query', () => {
  test('is read as plain text', async () => {
    const { body } = await daemon.call('GET', '/api/v1/route/a%2Fb?near=caf%C3%A9&fast=1');
    expect(body).toEqual({ domain: 'a/b', near: 'café', fast: true });
  });

  test.each(['near=a&near=b', 'fast=maybe', `near=${'x'.repeat(256)}`])('of %s is refused', async (query) => {
    expect(await daemon.call('GET', `/api/v1/route/x?${query}`)).toMatchObject({
      status: 422,
      body: { code: 'invalid_field' },
    });
  });

  test('has no nested names', async () => {
    expect((await daemon.call('GET', '/api/v1/route/x?near[a]=b&__proto__=x')).body).toMatchObject({
      near: null,
    });
  });
});

describe('an error inside', () => {
  test('of a dependency says when to try again', async () => {
    const { status, headers, body } = await daemon.call('POST', '/api/v1/outage');
    expect([status, headers.get('retry-after'), body['code']]).toEqual([503, '5', 'database_unavailable']);
  });

  test('that is a fault goes to the log; the caller gets the number of the entry', async () => {
    const { status, body } = await daemon.call('POST', '/api/v1/bug?x=1', {
      headers: { 'x-request-id': 'proxy-id-1' },
    });
    expect(status).toBe(500);
    expect(body).toEqual({ code: 'internal_error', detail: expect.stringContaining('proxy-id-1') as string });
    const [entry] = daemon.log.entries.filter(({ level }) => level === 'error');
    expect(entry?.fields).toMatchObject({
      requestId: 'proxy-id-1',
      path: '/api/v1/bug',
      error: expect.any(TypeError) as Error,
    });
  });

  test('gets a number of our own where the given one is not acceptable', async () => {
    const { body } = await daemon.call('POST', '/api/v1/bug', { headers: { 'x-request-id': '<script>' } });
    expect(body['detail']).toMatch(/request [0-9a-f-]{36}\.$/);
  });
});

test('an answer does not say what made it', async () => {
  const { headers } = await daemon.call('GET', '/api/v1/identity');
  expect([headers.get('x-powered-by'), headers.get('etag'), headers.get('server')]).toEqual([
    null,
    null,
    null,
  ]);
});

test('at level debug each answer is logged by its route, without names and queries', async () => {
  await daemon.call('GET', '/api/v1/route/private.example?near=secret');
  const [entry] = daemon.log.entries;
  expect(entry).toMatchObject({
    level: 'debug',
    fields: { method: 'GET', route: '/api/v1/route/:domain', status: 200, source: '127.0.0.1' },
  });
  expect(JSON.stringify(entry)).not.toMatch(/private|secret/);
});
