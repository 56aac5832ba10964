import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/protocol/limits.js';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendRaw } from './raw.js';

let daemon: TestDaemon;
beforeEach(async () => void (daemon = await startDaemon({ sourceRateLimitPerMinute: 2 })));
afterEach(() => daemon.close());

const gossipFrom = (source: string) =>
  daemon.call('POST', '/api/v1/gossip', { body: '{}', headers: { 'x-forwarded-for': source } });

test('a source over its limit must wait for the next minute', async () => {
  expect((await gossipFrom('203.0.113.9')).status).toBe(200);
  expect((await gossipFrom('198.51.100.1, 203.0.113.9')).status).toBe(200);
  const refused = await gossipFrom('203.0.113.9');
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(refused.headers.get('retry-after')).toBe('60');
  expect(daemon.received).toHaveLength(2);
  await daemon.clock.advance(60_000);
  expect((await gossipFrom('203.0.113.9')).status).toBe(200);
});

test('one IPv6 subscriber is one source, its neighbour another', async () => {
  for (const host of ['1', '2']) expect((await gossipFrom(`2001:db8:1:2::${host}`)).status).toBe(200);
  expect((await gossipFrom('2001:db8:1:2::3')).status).toBe(429);
  expect((await gossipFrom('2001:db8:1:3::1')).status).toBe(200);
});

test('administration is not charged', async () => {
  for (let i = 0; i < 5; i += 1) expect((await daemon.call('POST', '/api/v1/announce')).status).toBe(200);
});

test('the limit is charged before a body is read, and after its length was looked at', async () => {
  const head = (length: number) =>
    `POST /api/v1/gossip HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
  for (let i = 0; i < 5; i += 1)
    expect((await sendRaw(daemon.port, [head(MAX_BODY_BYTES + 1)])).status).toBe(413);
  for (let i = 0; i < 2; i += 1) await daemon.call('POST', '/api/v1/gossip', { body: '{}' });
  expect((await sendRaw(daemon.port, [head(100)])).status).toBe(429);
});
