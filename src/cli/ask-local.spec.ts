import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askLocal } from './ask-local.js';

/** Some of those that `fetch` refuses. */
const AVOIDED_PORTS = [10080, 6697, 6669, 6668, 6667, 6666, 6665, 6566, 6000, 5061, 5060];

let server: Server;
let port: number;

async function listenOn(candidate: number): Promise<boolean> {
  server.listen(candidate, '127.0.0.1');
  return Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false);
}

beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    request.setEncoding('utf8').on('data', (body: string) => response.end(`${request.method} ${body}`));
    if (request.method === 'GET') response.writeHead(404).end('nothing');
  });
  for (const candidate of AVOIDED_PORTS) {
    port = candidate;
    if (await listenOn(candidate)) return;
  }
  throw new Error('each of the ports is taken');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('asks at a port that browsers avoid', async () => {
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  const url = `http://127.0.0.1:${port}/`;
  expect(await askLocal(url, { method: 'GET', timeoutMs: 60_000 })).toEqual({ status: 404, text: 'nothing' });
  expect(await askLocal(url, { method: 'POST', body: '{}', timeoutMs: 60_000 })).toEqual({
    status: 200,
    text: 'POST {}',
  });
});

it('says that nobody answered in time, or that nobody listens', async () => {
  const silent = askLocal(`http://127.0.0.1:${port}/silent`, { method: 'GET', timeoutMs: 1 });
  await expect(silent).rejects.toMatchObject({ name: 'TimeoutError' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const nobody = askLocal(`http://127.0.0.1:${port}/`, { method: 'GET', timeoutMs: 60_000 });
  await expect(nobody).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
