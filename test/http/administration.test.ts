import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendRaw } from './raw.js';

const TOKEN = 'correct-horse-battery';
const IDENTITY = '/api/v1/identity';
let daemon: TestDaemon;

describe('without a token', () => {
  beforeEach(async () => void (daemon = await startDaemon()));
  afterEach(() => daemon.close());

  const identity = (...headers: string[]) =>
    sendRaw(daemon.port, [`GET ${IDENTITY} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`]);

  test.each([
    ['Host: localhost:1'],
    ['host: 127.0.0.1'],
    ['HOST: [::1]:1113'],
    ['Host: localhost', 'Authorization: Bearer whatever'],
  ])('loopback with %s may administer', async (...headers) => {
    expect(await identity(...headers)).toMatchObject({ status: 200 });
  });

  test.each([
    ['Host: chat.example.org'],
    ['Host: localhost.'],
    ['Host: 127.0.0.1.evil.example'],
    ['Host: localhost', 'Host: chat.example.org'],
    ['Host: localhost', 'X-FORWARDED-FOR: 127.0.0.1'],
    ['Host: localhost', 'forwarded: for=127.0.0.1'],
    ['Host: localhost', 'X-Real-Ip: 127.0.0.1'],
    ['Host: localhost', 'vIa: 1.1 proxy'],
    ['Host: localhost', 'X-Forwarded-For:'],
    ['Host: localhost', 'Origin: http://evil.example'],
    ['Host: localhost:1', 'Origin: http://localhost:2'],
    ['Host: localhost', 'Origin: http://localhost', 'Origin: http://evil.example'],
    ['Host: localhost', 'Sec-Fetch-Site: cross-site'],
    ['Host: localhost', 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'],
  ])('a request with %s, %s is not allowed', async (...headers) => {
    const answer = await identity(...headers);
    expect(answer).toMatchObject({ status: 403, body: { code: 'not_allowed' } });
    expect(answer.body['detail']).toMatch(/LATTICE_ADMIN_TOKEN/);
    expect(JSON.stringify(answer.body)).not.toContain('evil');
  });

  test('a request in the form that proxies get is not allowed, whatever host it names', async () => {
    for (const host of ['localhost', 'chat.example.org']) {
      const answer = await sendRaw(daemon.port, [
        `GET http://${host}${IDENTITY} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      ]);
      expect(answer).toMatchObject({ status: 403 });
    }
  });

  test('other spellings of a path lead to the same guard', async () => {
    for (const path of [
      '/API/v1/Identity',
      '/api/v1/identity/',
      '/api/v1/identity?x=1',
      '/api/v1/identity#x',
    ]) {
      const answer = await sendRaw(daemon.port, [
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nVia: x\r\n\r\n`,
      ]);
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });

  test('a proxied request is refused before its body is read', async () => {
    const head = 'POST /api/v1/announce HTTP/1.1\r\nHost: localhost\r\nVia: x\r\nContent-Length: 100\r\n\r\n';
    expect(await sendRaw(daemon.port, [head])).toMatchObject({ status: 403 });
    expect(daemon.received).toEqual([]);
  });

  test('peers need none of this', async () => {
    const head =
      'POST /api/v1/gossip HTTP/1.1\r\nHost: chat.example.org\r\nVia: x\r\nContent-Length: 2\r\n\r\n{}';
    expect(await sendRaw(daemon.port, [head])).toMatchObject({ status: 200 });
  });
});

describe('with a token', () => {
  beforeEach(async () => void (daemon = await startDaemon({ adminToken: TOKEN })));
  afterEach(() => daemon.close());

  const identity = (headers: Record<string, string>) => daemon.call('GET', IDENTITY, { headers });

  test('it opens administration, through a proxy too, and no proxy may keep the answer', async () => {
    expect((await identity({ 'x-lattice-admin-token': TOKEN })).headers.get('cache-control')).toBe(
      'no-store',
    );
    expect(await identity({ 'X-Lattice-Admin-Token': TOKEN, via: '1.1 x' })).toMatchObject({ status: 200 });
    expect(await identity({ authorization: `Bearer ${TOKEN}` })).toMatchObject({ status: 200 });
  });

  test('loopback alone is no longer enough', async () => {
    expect(await identity({})).toMatchObject({ status: 403, body: { code: 'not_allowed' } });
    expect(await identity({ authorization: 'Basic dDp0' })).toMatchObject({ status: 403 });
  });

  test('it must not be sent twice', async () => {
    const header = `X-Lattice-Admin-Token: ${TOKEN}\r\n`;
    const answer = await sendRaw(daemon.port, [
      `GET ${IDENTITY} HTTP/1.1\r\nHost: localhost\r\n${header}${header}\r\n`,
    ]);
    expect(answer).toMatchObject({ status: 403 });
    expect(JSON.stringify(answer.body)).not.toContain(TOKEN);
  });

  test('a source with ten wrong ones must wait, even with the right one; others need not', async () => {
    const attempt = (source: string, token: string) =>
      identity({ 'x-forwarded-for': source, 'x-lattice-admin-token': token });
    for (let i = 0; i < 10; i += 1)
      expect(await attempt('203.0.113.9', `wrong-${i}`)).toMatchObject({ status: 403 });
    const refused = await attempt('203.0.113.9', TOKEN);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await attempt('203.0.113.10', TOKEN)).toMatchObject({ status: 200 });
    await daemon.clock.advance(60_000);
    expect(await attempt('203.0.113.9', TOKEN)).toMatchObject({ status: 200 });
  });
});

describe('behind a proxy, without a token', () => {
  let proxy: Server;
  let headersAdded: Record<string, string>;

  beforeEach(async () => {
    headersAdded = {};
    proxy = createServer((incoming, outgoing) => {
      const { method, url } = incoming;
      const headers = { host: 'localhost', ...headersAdded };
      httpRequest({ port: daemon.port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502);
        answer.pipe(outgoing);
      }).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    daemon = await startDaemon({ publicUrl: `http://127.0.0.1:${port}` });
  });

  afterEach(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await daemon.close();
  });

  test('administration is off until the proxy is known to be honest', async () => {
    headersAdded = { 'x-forwarded-for': '203.0.113.9' };
    expect(await daemon.call('GET', IDENTITY)).toMatchObject({ status: 403, body: { code: 'not_allowed' } });
    expect(await daemon.proxyCheck.run()).toMatchObject({ administration: 'on' });
    expect(await daemon.call('GET', IDENTITY)).toMatchObject({ status: 200 });
  });

  test('a proxy that hides itself never gets it on, however often it is checked, until it is repaired', async () => {
    for (let i = 0; i < 3; i += 1) {
      expect(await daemon.proxyCheck.run()).toMatchObject({ administration: 'off' });
      expect(await daemon.call('GET', IDENTITY)).toMatchObject({ status: 403 });
    }
    headersAdded = { via: '1.1 proxy' };
    expect(await daemon.proxyCheck.run()).toMatchObject({ administration: 'on' });
    headersAdded = {};
    expect(await daemon.proxyCheck.run()).toMatchObject({
      administration: 'off',
      reason: expect.stringContaining('404: strangers pass') as string,
    });
  });
});
