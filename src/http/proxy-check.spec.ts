import { describe, expect, test } from 'vitest';
import type { Config } from '../config/config.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { PeerHttp, PeerUnreachable, type PeerRequest, type PeerResponse } from '../platform/peer-http.js';
import { SeededRandom } from '../platform/random.js';
import { ProxyCheck } from './proxy-check.js';

/** A world whose next answer is set by the test. */
class StagedHttp extends PeerHttp {
  readonly urls: string[] = [];
  next: (url: string) => number = () => 403;
  text = '';

  request({ url }: PeerRequest): Promise<PeerResponse> {
    this.urls.push(url);
    return new Promise((resolve) => resolve({ status: this.next(url), text: this.text }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function build(config: Partial<Config> = {}) {
  const http = new StagedHttp();
  const log = new MemoryLogger();
  const settings = { publicUrl: 'https://chat.example.org/discovery', adminToken: null, ...config } as Config;
  return { http, log, settings, check: new ProxyCheck(settings, http, new SeededRandom(1), log) };
}

const unreachable = (reason: PeerUnreachable['reason']) => () => {
  throw new PeerUnreachable(reason, 'chat.example.org did not answer');
};

describe('administration without a token', () => {
  test('is off until the first check, where a public URL is set', () => {
    expect(build().check.isOff).toBe(true);
  });

  test.each([
    ['no public URL is set', { publicUrl: null }],
    ['a token is configured', { adminToken: 'correct-horse-battery' }],
  ])('needs no check where %s', async (_title, config) => {
    const { check, http } = build(config);
    expect(check.isOff).toBe(false);
    expect(await check.run()).toMatchObject({ administration: 'on' });
    expect(http.urls).toEqual([]);
  });

  test('is switched on by a 403 on an administration path, asked for by its public URL', async () => {
    const { check, http } = build();
    expect(await check.run()).toMatchObject({ administration: 'on' });
    expect(http.urls).toEqual([
      expect.stringMatching(
        /^https:\/\/chat\.example\.org\/discovery\/api\/v1\/peers\/proxy-check-[0-9a-f-]{36}$/,
      ),
    ]);
    expect(check.isOff).toBe(false);
  });

  test.each([200, 204, 301, 401, 404, 429, 500, 502])('is switched off by a %s', async (status) => {
    const { check, http } = build();
    await check.run();
    http.next = () => status;
    expect(await check.run()).toMatchObject({
      administration: 'off',
      reason: expect.stringContaining(String(status)) as string,
    });
    expect(check.isOff).toBe(true);
  });

  test.each(['address_not_allowed', 'timeout', 'redirect', 'connection'] as const)(
    'is switched off when the public URL fails with %s',
    async (reason) => {
      const { check, http } = build();
      http.next = unreachable(reason);
      expect(await check.run()).toMatchObject({
        administration: 'off',
        reason: expect.stringContaining('LATTICE_ADMIN_TOKEN') as string,
      });
    },
  );

  test('names LATTICE_ALLOW_ADDRESSES where the public name leads to a private address', async () => {
    const { check, http } = build();
    http.next = unreachable('address_not_allowed');
    expect((await check.run()).reason).toContain('LATTICE_ALLOW_ADDRESSES');
  });

  test('comes back when the proxy is repaired', async () => {
    const { check, http } = build();
    http.next = () => 200;
    await check.run();
    http.next = () => 403;
    expect(await check.run()).toMatchObject({ administration: 'on' });
  });

  test('is off again when a token that was set meanwhile is taken away, until the next check', async () => {
    const { check, settings } = build();
    await check.run();
    expect(check.isOff).toBe(false);
    Object.assign(settings, { adminToken: 'correct-horse-battery' });
    await check.run();
    Object.assign(settings, { adminToken: null });
    expect(check.isOff).toBe(true);
    await check.run();
    expect(check.isOff).toBe(false);
  });

  test('does not take its own 403 for the merit of the proxy', async () => {
    const { check, http } = build();
    http.next = (url) => {
      check.noteTurnedAway(new URL(url).pathname);
      return 403;
    };
    expect(await check.run()).toMatchObject({ administration: 'off' });
    expect(await check.run()).toMatchObject({ administration: 'off' });
  });

  test('is not kept off by requests of the operator that are turned away while the check runs', async () => {
    const { check, http } = build();
    http.next = () => {
      check.noteTurnedAway('/health');
      check.noteTurnedAway('/api/v1/peers/proxy-check-of-somebody-else');
      return 403;
    };
    expect(await check.run()).toMatchObject({ administration: 'on' });
  });

  test('is switched off where the check is answered as the operator would be', async () => {
    const { check, http } = build();
    http.next = () => 404;
    http.text = '{"detail":"no such server is known here","code":"unknown_peer"}';
    expect((await check.run()).reason).toContain('answers 404: strangers pass for the operator');
  });

  test('is logged when it changes, not each time', async () => {
    const { check, http, log } = build();
    http.next = () => 200;
    await check.run();
    await check.run();
    http.next = () => 403;
    await check.run();
    await check.run();
    expect(log.entries.map(({ level }) => level)).toEqual(['warn', 'info']);
  });
});
