import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FAILURE_WARNINGS_PER_HOUR } from '../../src/http/request-log.js';
import type { LogEntry } from '../../src/observability/memory-logger.js';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendAndAbort } from './raw.js';

let daemon: TestDaemon;
beforeAll(async () => void (daemon = await startDaemon()));
afterAll(() => daemon.close());
afterEach(() => void daemon.log.entries.splice(0));

function lines(): LogEntry[] {
  return daemon.log.entries.filter(({ message }) => message === 'Request answered');
}

describe('the id of a request', () => {
  test('is the one that the proxy gave, in the answer and in every line meanwhile', async () => {
    const { headers } = await daemon.call('POST', '/api/v1/bug', {
      headers: { 'x-request-id': 'from-the-proxy-1' },
    });
    expect(headers.get('x-request-id')).toBe('from-the-proxy-1');
    expect(daemon.log.entries.length).toBeGreaterThanOrEqual(2);
    expect(new Set(daemon.log.entries.map(({ fields }) => fields['requestId']))).toEqual(
      new Set(['from-the-proxy-1']),
    );
  });

  test.each(['short', 'x'.repeat(65), 'a b c d e f', 'café-café-café', '<script>alert</script>'])(
    'is a new one where the given one is %s',
    async (given) => {
      const { headers } = await daemon.call('GET', '/api/v1/identity', {
        headers: { 'x-request-id': given },
      });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(lines()[0]!.fields['requestId']).toBe(headers.get('x-request-id'));
    },
  );

  test('is another one for each request', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { headers } = await daemon.call('GET', '/nothing');
        return headers.get('x-request-id');
      }),
    );
    expect(new Set(ids).size).toBe(20);
  });
});

describe('the line of a request', () => {
  test('that the operator makes to change something is kept, one that only looks is not', async () => {
    await daemon.call('POST', '/api/v1/announce', { body: '{}' });
    await daemon.call('GET', '/api/v1/identity');
    expect(lines().map(({ level, fields }) => [level, fields['route'], fields['status']])).toEqual([
      ['info', '/api/v1/announce', 200],
      ['debug', '/api/v1/identity', 200],
    ]);
  });

  test('says by which code it was refused', async () => {
    await daemon.call('GET', '/nothing?token=secret');
    await daemon.call('GET', '/api/v1/identity', { headers: { via: '1.1 proxy' } });
    await daemon.call('POST', '/api/v1/gossip', { body: '{"cut' });
    expect(lines().map(({ level, fields }) => [level, fields['route'], fields['outcome']])).toEqual([
      ['debug', 'none', 'not_found'],
      ['debug', '/api/v1/identity', 'not_allowed'],
      ['debug', '/api/v1/gossip', 'malformed_json'],
    ]);
    expect(JSON.stringify(lines())).not.toContain('secret');
  });

  test('says that the caller went away', async () => {
    await sendAndAbort(daemon.port, [
      'POST /api/v1/gossip HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n',
      '{',
    ]);
    while (lines().length === 0)
      await daemon.call('GET', '/api/v1/identity').then(() => drop('/api/v1/identity'));
    expect(lines()[0]!.fields).toMatchObject({ route: '/api/v1/gossip', outcome: 'aborted' });
  });

  test('warns of failures of ours, but not for ever', async () => {
    for (let i = 0; i < FAILURE_WARNINGS_PER_HOUR + 5; i += 1) await daemon.call('POST', '/api/v1/outage');
    const warned = lines().filter(({ level }) => level === 'warn');
    expect(warned).toHaveLength(FAILURE_WARNINGS_PER_HOUR);
    await daemon.clock.advance(3_600_000);
    await daemon.call('POST', '/api/v1/outage');
    expect(lines().at(-1)).toMatchObject({ level: 'warn', fields: { outcome: 'database_unavailable' } });
  });
});

test('a thousand strangers leave no line above debug', async () => {
  const ask = (number: number): Promise<unknown> =>
    number % 2 === 0
      ? daemon.call('GET', `/nothing/${number}`)
      : daemon.call('GET', '/api/v1/identity', {
          headers: { 'x-forwarded-for': `203.0.113.${number % 250}` },
        });
  for (let batch = 0; batch < 20; batch += 1)
    await Promise.all(Array.from({ length: 50 }, (_, i) => ask(50 * batch + i)));
  expect(lines()).toHaveLength(1_000);
  expect(daemon.log.entries.filter(({ level }) => level !== 'debug')).toEqual([]);
});

function drop(route: string): void {
  const kept = daemon.log.entries.filter(({ fields }) => fields['route'] !== route);
  daemon.log.entries.splice(0, Infinity, ...kept);
}
