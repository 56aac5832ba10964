import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ENDPOINTS } from '../hostile/endpoints.js';
import { expectRefusal, Target, type Heard } from '../hostile/target.js';
import { MAX_BODY_BYTES } from '../../src/protocol/limits.js';
import { Nginx, NO_NGINX, nginxProgram } from '../support/nginx.js';
import { freshClient, judge, knock, open } from './knock.js';
import { shipped } from './sites.js';
import { Witness } from './witness.js';

const RECEIVE = '/discovery/api/v1/gossip/receive';
const CONNECTIONS_PER_CLIENT = 20;
const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';

let target: Target;
let nginx: Nginx;

/** Through the proxy, from one address of loopback. */
function ask(method: string, path: string, body: string | undefined, from: string): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const { address: host, port } = nginx;
    const sent = request({ host, port, method, path, localAddress: from, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

describe.skipIf(nginxProgram === null)(`docs/nginx/lattice.conf${skipped}`, () => {
  beforeAll(async () => {
    target = await Target.start();
    nginx = await Nginx.start(shipped(target.daemon.daemon.port));
  });
  afterAll(async () => {
    await nginx.stop();
    await target.end();
  });

  it('is a configuration that nginx has nothing to say about', () => {
    expect(nginx.complaints).toEqual([]);
  });

  it('forwards every endpoint that is open to peers, under its own method alone', async () => {
    const witness = new Witness(target.daemon);
    const endpoints = ENDPOINTS.filter(({ isOpen }) => isOpen);
    for (const { method, path } of endpoints) {
      const other = method === 'GET' ? 'POST' : 'GET';
      expectRefusal(await ask(other, `/discovery${path}`, undefined, freshClient()), {}, ['not_allowed']);
      await ask(method, `/discovery${path}`, method === 'GET' ? undefined : '{}', freshClient());
    }
    expect(witness.answered.map(({ request: asked }) => asked)).toEqual(
      endpoints.map(({ method, path }) => `${method} ${path}`),
    );
  });

  it('says at the root of the site where the server of its name is', async () => {
    const { serverUuid, fingerprint } = target.daemon.daemon.identity.self;
    const heard = await ask('GET', '/.well-known/lattice', undefined, freshClient());
    expect(JSON.parse(heard.text)).toMatchObject({ server_uuid: serverUuid, fingerprint });
    expectRefusal(await ask('POST', '/.well-known/lattice', '{}', freshClient()), {}, ['not_allowed']);
    expect((await ask('GET', '/.well-known/other', undefined, freshClient())).status).toBe(404);
  });

  it('lets a body of 1 MiB through and refuses a larger one as the daemon would', async () => {
    const whole = await ask('POST', RECEIVE, 'x'.repeat(MAX_BODY_BYTES), freshClient());
    expectRefusal(whole, {}, ['malformed_json']);
    const larger = await ask('POST', RECEIVE, 'x'.repeat(MAX_BODY_BYTES + 1), freshClient());
    expectRefusal(larger, {}, ['body_too_large']);
  });

  it('refuses a client that asks too fast, and no other', async () => {
    const client = freshClient();
    const many = 'GET /discovery/status HTTP/1.1\r\nHost: chat.example.org\r\n\r\n'.repeat(400);
    const { statuses } = judge(await knock(nginx, many, client));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(100);
    expect(statuses).toContain(429);
    expect((await ask('GET', '/discovery/status', undefined, freshClient())).status).toBe(200);
  });

  it('counts an IPv6 subscriber once, whichever of his addresses he asks from', async () => {
    const { http, server } = shipped(target.daemon.daemon.port);
    // Clients of our choice: what nginx does behind a proxy that it was told to believe.
    const believing = 'set_real_ip_from 127.0.0.0/8; real_ip_header X-Test-Client;';
    const other = await Nginx.start({ http, server: `${believing}\n${server}` });
    onTestFinished(() => other.stop());
    const asked = async (client: string, times = 1): Promise<readonly number[]> => {
      const one = `GET /discovery/status HTTP/1.1\r\nHost: chat.example.org\r\nX-Test-Client: ${client}\r\n\r\n`;
      return judge(await knock(other, one.repeat(times))).statuses;
    };
    for (const [flooding, same, neighbor] of [
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:db8:1:3:3:4:5:6'],
      ['2001:db8::1:2:3:4', '2001:db8::5', '2001:db8:1::5'],
      ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ] as const) {
      expect(await asked(flooding, 400)).toContain(429);
      // As many as somebody new could ask at once.
      expect(await asked(same, 100)).toContain(429);
      expect(await asked(neighbor)).toContain(200);
    }
  });

  it('refuses a client that has too many requests under way, and no other', async () => {
    const client = freshClient();
    const head = `POST ${RECEIVE} HTTP/1.1\r\nHost: chat.example.org\r\nContent-Length: 2\r\n`;
    // An answer of 100 says that it is under way: its body is awaited.
    const slow = await Promise.all(
      Array.from({ length: CONNECTIONS_PER_CLIENT }, async () => {
        const socket = await open(nginx, client);
        const isUnderWay = new Promise((resolve) => socket.once('data', resolve));
        socket.write(`${head}Expect: 100-continue\r\n\r\n`);
        expect(String(await isUnderWay)).toMatch(/^HTTP\/1\.1 100 /);
        return socket;
      }),
    );
    expectRefusal(await ask('GET', '/discovery/status', undefined, client), {}, ['rate_limited']);
    expect((await ask('GET', '/discovery/status', undefined, freshClient())).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });

  it('logs neither queries nor headers', async () => {
    const secret = 'correct-horse-battery-staple';
    await knock(
      nginx,
      `GET /discovery/api/v1/announcement?token=${secret} HTTP/1.1\r\nHost: ${secret}.example\r\n` +
        `X-Lattice-Admin-Token: ${secret}\r\nReferer: http://${secret}/\r\nUser-Agent: ${secret}\r\n\r\n`,
    );
    const log = await nginx.log('lattice.log');
    expect(log).toMatch(
      /^127\.\S+ \[\S+\] "GET \/discovery\/api\/v1\/announcement" 200 \d+ \S+ [0-9a-f]{32}$/m,
    );
    expect(log).not.toContain(secret);
  });
});
