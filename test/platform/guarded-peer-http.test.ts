import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { AddressPolicy } from '../../src/platform/address-policy.js';
import { GuardedPeerHttp } from '../../src/platform/guarded-peer-http.js';
import type { PeerRequest } from '../../src/platform/peer-http.js';
import { closed } from '../support/closed.js';
import { type Answer, localServer, resolverOf } from './local-server.js';

const loopback = new AddressPolicy(['127.0.0.0/8']);
const http = new GuardedPeerHttp(loopback);
afterAll(() => http.close());

const MIB = 1024 * 1024;
const get = (url: string, timeoutMs = 10_000): PeerRequest => ({ method: 'GET', url, timeoutMs });

describe('a call', () => {
  it('posts JSON, byte for byte', async () => {
    await using server = await localServer((response) => response.end('{}'));
    const body = '{"name": "J\u00fcrgen \u{1f600}", "n": 1.0}';
    const headers = { 'x-lattice-test': 'yes' };
    const url = `${server.url}/discovery/api/v1/gossip/receive?a=b%20c#not-sent`;
    expect(await http.request({ method: 'POST', url, body, headers, timeoutMs: 10_000 })).toEqual({
      status: 200,
      text: '{}',
      address: '127.0.0.1',
    });
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/discovery/api/v1/gossip/receive?a=b%20c',
        body,
        headers: {
          host: `127.0.0.1:${server.port}`,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'x-lattice-test': 'yes',
        },
      },
    ]);
  });

  it('gets, and asks for nothing compressed, whatever the caller says', async () => {
    await using server = await localServer((response) => response.end('{}'));
    await http.request({ ...get(server.url), headers: { 'accept-encoding': 'gzip' } });
    expect(server.seen).toMatchObject([
      { method: 'GET', body: '', headers: { 'accept-encoding': 'identity' } },
    ]);
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  it.each([200, 201, 202, 204, 400, 403, 404, 409, 429, 500, 503])(
    'answers status %i to its caller',
    async (status) => {
      const text = status === 204 ? '' : '{"detail": "J\u00fcrgen"}';
      await using server = await localServer((response) => response.writeHead(status).end(text));
      expect(await http.request(get(server.url))).toEqual({ status, text, address: '127.0.0.1' });
    },
  );

  it('keeps a byte order mark, which the JSON parser is to refuse', async () => {
    await using server = await localServer((response) => response.end('\ufeff{}'));
    expect((await http.request(get(server.url))).text).toBe('\ufeff{}');
  });
});

describe('a redirect', () => {
  it.each([300, 301, 302, 303, 304, 307, 308])('by status %i is not followed', async (status) => {
    await using target = await localServer((response) => response.end('reached'));
    await using server = await localServer((response) =>
      response.writeHead(status, { location: target.url }).end(),
    );
    await expect(http.request(get(server.url))).rejects.toMatchObject({ reason: 'redirect' });
    expect(target.connections).toHaveLength(0);
  });

  it('with a body that does not end is let go with its connection', async () => {
    await using server = await localServer((response) =>
      response.writeHead(302, { location: '/' }).write('x'),
    );
    await expect(http.request(get(server.url))).rejects.toMatchObject({ reason: 'redirect' });
    await closed(server.connections[0]!);
  });
});

describe('an answer', () => {
  const answers: readonly (readonly [string, string, Answer])[] = [
    [
      'whose length is announced as 1 MiB and a byte',
      'too_large',
      (r) => r.writeHead(200, { 'content-length': MIB + 1 }).write('{'),
    ],
    ['that runs to 1 MiB and a byte, unannounced', 'too_large', (r) => r.end(Buffer.alloc(MIB + 1, 32))],
    ['without end', 'too_large', flood],
    ['with 64 KiB of headers', 'too_large', (r) => r.setHeader('x-large', 'x'.repeat(65_536)).end('{}')],
    ['that ends before its announced length', 'connection', cutShort({ 'content-length': 100 })],
    ['that ends within a chunk', 'connection', cutShort({ 'transfer-encoding': 'chunked' })],
    ['that never comes', 'connection', (r) => r.destroy()],
    ['that is not UTF-8', 'bad_encoding', (r) => r.end(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['that ends within a character', 'bad_encoding', (r) => r.end(Buffer.from('{"\u00e9').subarray(0, 3))],
    ['compressed unasked, a bomb of 64 MiB', 'bad_encoding', gzipBomb],
  ];

  it.each(answers)('%s is refused: %s', async (_, reason, answer) => {
    await using server = await localServer(answer);
    await expect(http.request(get(server.url))).rejects.toMatchObject({ reason });
  });

  it('of exactly 1 MiB is taken, with and without its length announced', async () => {
    const body = Buffer.alloc(MIB, 32);
    await using announced = await localServer((r) => r.writeHead(200, { 'content-length': MIB }).end(body));
    await using chunked = await localServer((r) =>
      r.writeHead(200, { 'transfer-encoding': 'chunked' }).end(body),
    );
    expect((await http.request(get(announced.url))).text).toHaveLength(MIB);
    expect((await http.request(get(chunked.url))).text).toHaveLength(MIB);
  });

  it('that is not HTTP is refused', async () => {
    await using server = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await expect(http.request(get(server.url))).rejects.toMatchObject({ reason: 'connection' });
  });

  it('from nobody is refused, naming the server', async () => {
    const server = await localServer((response) => response.end());
    await server[Symbol.asyncDispose]();
    const refusal = { reason: 'connection', message: `${server.url}: ECONNREFUSED` };
    await expect(http.request(get(`${server.url}/path`))).rejects.toMatchObject(refusal);
  });
});

describe('a server too slow', () => {
  /** Repeats until the connection is gone. */
  const forever = (step: (response: ServerResponse) => void): Answer => {
    return (response) => {
      const timer = setInterval(() => step(response), 5);
      response.once('close', () => clearInterval(timer));
    };
  };

  it.each<[string, Answer]>([
    ['that takes the request and never answers', () => undefined],
    ['that sends its headers and no body', (response) => response.writeHead(200).flushHeaders()],
    ['that sends its body byte by byte for ever', forever((response) => response.write(' '))],
    [
      'that sends interim answers for ever',
      (response) => void setImmediate(() => response.writeProcessing()),
    ],
  ])('%s is given up, and its connection with it', async (_, answer) => {
    await using server = await localServer(answer);
    await expect(http.request(get(server.url, 100))).rejects.toMatchObject({ reason: 'timeout' });
    await closed(await server.connected);
  });

  it('that says nothing in its TLS handshake is given up', async () => {
    await using server = await rawServer(() => undefined);
    const url = server.url.replace('http:', 'https:');
    await expect(http.request(get(url, 100))).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('whose name is never resolved is given up', async () => {
    const waiting = new GuardedPeerHttp(loopback, { lookup: () => undefined });
    await expect(waiting.request(get('http://peer.example/', 100))).rejects.toMatchObject({
      reason: 'timeout',
    });
    await waiting.close();
  });
});

it('names that are never resolved do not keep it from a server that it has reached before', async () => {
  await using server = await localServer((response) => response.setHeader('connection', 'close').end('{}'));
  const url = `http://neighbor.example:${server.port}/`;
  const system = resolverOf(['127.0.0.1']);
  const swallowed: string[] = [];
  const client = new GuardedPeerHttp(loopback, {
    lookup: (hostname, options, callback) => {
      if (hostname === 'neighbor.example') system(hostname, options, callback);
      else swallowed.push(hostname);
    },
  });
  await client.request(get(url));
  for (let i = 0; i < 3; i += 1) {
    const call = client.request(get(`http://swallowed-${i}.example/`, 20));
    await expect(call).rejects.toMatchObject({ reason: 'timeout' });
  }
  expect(await client.request(get(url))).toMatchObject({ status: 200, address: '127.0.0.1' });
  expect(swallowed).toEqual(['swallowed-0.example']);
  await client.close();
});

describe('the caller', () => {
  it('can give up, and gets its own reason', async () => {
    const abort = new AbortController();
    await using server = await localServer(() => abort.abort(new Error('no longer needed')));
    await expect(http.request(get(server.url), abort.signal)).rejects.toThrow('no longer needed');
  });

  it('that has given up before calls nobody', async () => {
    await using server = await localServer((response) => response.end());
    const gone = AbortSignal.abort(new Error('no longer needed'));
    await expect(http.request(get(server.url), gone)).rejects.toThrow('no longer needed');
    expect(server.connections).toHaveLength(0);
  });
});

describe('connections', () => {
  it('are kept for the next call, and at most four at a time', async () => {
    await using server = await localServer((response) => response.end('{}'));
    const calls = Array.from({ length: 20 }, () => http.request(get(server.url)));
    await Promise.all(calls);
    await http.request(get(server.url));
    expect(server.seen).toHaveLength(21);
    expect(server.connections.length).toBeLessThanOrEqual(4);
  });

  it('each say whom they reached, where the name of the server leads to several hosts', async () => {
    await using hosts = await twoHosts();
    const client = new GuardedPeerHttp(loopback, { lookup: resolverOf(['127.0.0.1'], ['127.0.0.2']) });
    const first = client.request(get(`${hosts.url}/slow`));
    await hosts.asked('/slow');
    const second = await client.request(get(`${hosts.url}/quick`));
    hosts.answer('/slow');
    expect(second).toMatchObject({ text: '127.0.0.2', address: '127.0.0.2' });
    expect(await first).toMatchObject({ text: '127.0.0.1', address: '127.0.0.1' });
    const kept = await client.request(get(`${hosts.url}/quick`));
    expect(kept.address).toBe(kept.text);
    await client.close();
  });

  it('are kept for so many servers alone: the one called longest ago is let go', async () => {
    const client = new GuardedPeerHttp(loopback, { maxOrigins: 1, keepAliveMs: 3_600_000 });
    await using first = await localServer((response) => response.end('{}'));
    await using second = await localServer((response) => response.end('{}'));
    await client.request(get(first.url));
    await client.request(get(second.url));
    await closed(first.connections[0]!);
    expect(second.connections[0]?.destroyed).toBe(false);
    await client.close();
  });

  it('are let go of when they are to be forgotten, and new ones are made as the policy is then', async () => {
    const policy = new AddressPolicy(['127.0.0.1']);
    const client = new GuardedPeerHttp(policy, { keepAliveMs: 3_600_000 });
    await using server = await localServer((response) => response.end('{}'));
    await client.request(get(server.url));
    policy.replace([]);
    expect(server.connections[0]?.destroyed).toBe(false);
    client.forgetConnections();
    await closed(server.connections[0]!);
    await expect(client.request(get(server.url))).rejects.toMatchObject({ reason: 'address_not_allowed' });
    policy.replace(['127.0.0.0/8']);
    expect((await client.request(get(server.url))).text).toBe('{}');
    await client.close();
  });

  it('of a server let go in the middle of a call last until its answer', async () => {
    const client = new GuardedPeerHttp(loopback, { maxOrigins: 1 });
    await using other = await localServer((response) => response.end('{}'));
    await using slow = await localServer((response) => {
      void client.request(get(other.url)).then(() => response.end('{"late": true}'));
    });
    expect((await client.request(get(slow.url))).text).toBe('{"late": true}');
    await client.close();
  });

  it('end when the client is closed, the calls on them too', async () => {
    const client = new GuardedPeerHttp(loopback, { maxOrigins: 1 });
    await using latest = await localServer(() => void client.close());
    await using letGo = await localServer(() => void client.request(get(latest.url)).catch(() => undefined));
    await expect(client.request(get(letGo.url))).rejects.toMatchObject({ reason: 'connection' });
    await closed(letGo.connections[0]!);
    await closed(latest.connections[0]!);
  });

  it('are not made once the client is closed', async () => {
    const client = new GuardedPeerHttp(loopback);
    await using server = await localServer((response) => response.end('{}'));
    await client.close();
    await expect(client.request(get(server.url))).rejects.toMatchObject({ reason: 'connection' });
    expect(server.connections).toHaveLength(0);
  });
});

function flood(...[response]: Parameters<Answer>): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
  };
  response.on('drain', more);
  more();
}

function cutShort(headers: Record<string, string | number>): Answer {
  return (response) => response.writeHead(200, headers).write('{"a"', () => response.destroy());
}

function gzipBomb(...[response]: Parameters<Answer>): void {
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * MIB, 32)));
}

async function rawServer(onConnection: (socket: Socket) => void): Promise<AsyncDisposable & { url: string }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** One port of two loopback addresses, which answers with the address that was reached: at once, or when it is told to. */
async function twoHosts() {
  const asked = new EventEmitter();
  const waiting = new Map<string, () => void>();
  const server = createHttpServer(({ url, socket }, response) => {
    const answer = (): void => void response.end(socket.localAddress);
    if (url === '/quick') return answer();
    waiting.set(url!, answer);
    asked.emit(url!);
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    url: `http://several.example:${(server.address() as AddressInfo).port}`,
    asked: async (path: string): Promise<void> => void (waiting.has(path) || (await once(asked, path))),
    answer: (path: string): void => waiting.get(path)!(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
