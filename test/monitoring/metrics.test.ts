import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { databaseKinds } from '../support/databases.js';
import { readExposition, valueOf, type Series } from '../support/exposition.js';
import { Federation } from '../support/federation.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const TOKEN = 'a-token-that-nobody-guesses';
const PROM = 'text/plain; version=0.0.4; charset=utf-8';
const embedded = databaseKinds.find(({ kind }) => kind === 'embedded')!;

let federation: Federation;
let daemon: TestDaemon;
let peer: Stranger;

beforeAll(async () => {
  federation = new Federation(embedded);
  daemon = await federation.start('hub.example');
  peer = await federation.stranger('peer.example');
});
afterAll(() => federation.end());

async function scrape(of = daemon, headers: Record<string, string> = {}): Promise<Series[]> {
  const { status, text, headers: answered } = await of.get('/metrics', headers);
  expect([status, answered.get('content-type')]).toEqual([200, PROM]);
  return readExposition(text);
}

type Labels = Readonly<Record<string, string>>;

/** By how much each of these grows while `act` runs. */
async function growth(
  watched: readonly (readonly [string, Labels])[],
  act: () => Promise<unknown>,
): Promise<number[]> {
  const read = async (): Promise<number[]> => {
    const series = await scrape();
    return watched.map(([name, labels]) => valueOf(series, name, labels) ?? 0);
  };
  const before = await read();
  await act();
  return (await read()).map((value, position) => value - before[position]!);
}

const RECEIVED = 'gossip_received_total';
const RECEIVE = { route: '/api/v1/gossip/receive', method: 'POST' };

describe('the metrics', () => {
  it('count a newcomer that is taken, proven and made a neighbour', async () => {
    const grown = await growth(
      [
        [RECEIVED, { kind: 'announcement', outcome: 'accepted' }],
        ['newcomers_total', { outcome: 'admitted' }],
        ['http_requests_total', { ...RECEIVE, status: '200' }],
        ['http_request_duration_seconds_count', RECEIVE],
        ['outbound_requests_total', { outcome: '2xx' }],
        ['peers', { trust: 'unknown', seen: 'hour', proven: 'yes' }],
        ['neighbors', {}],
      ],
      async () => {
        await peer.join(daemon);
        // What a count may be old by.
        federation.clock.advance(10_000);
      },
    );
    expect(grown.slice(0, 4)).toEqual([1, 1, 1, 1]);
    expect(grown[4]).toBeGreaterThanOrEqual(1);
    expect(grown.slice(5)).toEqual([1, 1]);
  });

  it('tell a message refused, a message repeated, and an announcement known already', async () => {
    const announcement = await peer.announcement();
    const say = (): Promise<unknown> =>
      peer.say(daemon, 'announcement', announcementMessage.encode(announcement));
    const exchange = await peer.exchange([]);
    const grown = await growth(
      [
        [RECEIVED, { kind: 'announcement', outcome: 'accepted' }],
        [RECEIVED, { kind: 'announcement', outcome: 'unchanged' }],
        [RECEIVED, { kind: 'announcement', outcome: 'signature_invalid' }],
        [RECEIVED, { kind: 'peer_exchange', outcome: 'accepted' }],
        [RECEIVED, { kind: 'peer_exchange', outcome: 'message_replayed' }],
        [RECEIVED, { kind: 'peer_exchange', outcome: 'unknown_peer' }],
        ['signature_verification_seconds_count', { result: 'invalid' }],
      ],
      async () => {
        await say();
        await say();
        const forged = await peer.announceTo(daemon, { signature: announcement.signature });
        expect(outcome(forged)).toBe('403 signature_invalid');
        for (const expected of ['200', '400 message_replayed'])
          expect(outcome(await peer.exchangeWith(daemon, [], exchange))).toBe(expected);
        expect(outcome(await peer.exchangeWith(daemon, [], { fromServer: 'nobody.example' }))).toBe(
          '404 unknown_peer',
        );
      },
    );
    expect(grown.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(grown[6]).toBeGreaterThanOrEqual(1);
  });

  it('count the runs of a task, and when it last ended well', async () => {
    const grown = await growth(
      [
        ['task_runs_total', { task: 'gossip-round', outcome: 'succeeded' }],
        ['task_duration_seconds_count', { task: 'gossip-round' }],
        ['gossip_rounds_total', {}],
        ['gossip_round_neighbors_total', { outcome: 'sent' }],
        ['gossip_sent_total', { kind: 'announcement', outcome: 'accepted' }],
        ['gossip_sent_total', { kind: 'peer_exchange', outcome: 'accepted' }],
      ],
      () => daemon.task('gossip-round'),
    );
    expect(grown).toEqual([1, 1, 1, 1, 1, 1]);
    const series = await scrape();
    const now = federation.clock.now() / 1000;
    const succeeded = valueOf(series, 'task_last_success_timestamp_seconds', { task: 'gossip-round' })!;
    for (const time of [succeeded, valueOf(series, 'gossip_last_round_timestamp_seconds')!])
      expect(Math.abs(time - now)).toBeLessThan(600);
    expect(valueOf(series, 'task_failing', { task: 'gossip-round' })).toBe(0);
    expect(valueOf(series, 'task_last_success_timestamp_seconds', { task: 'cleanup' })).toBe(0);
  });

  it('say that a neighbour cannot be reached', async () => {
    await peer.stop();
    const grown = await growth(
      [
        ['gossip_sent_total', { kind: 'announcement', outcome: 'unreachable' }],
        ['outbound_requests_total', { outcome: 'connection' }],
        ['gossip_round_neighbors_total', { outcome: 'failed' }],
      ],
      () => daemon.task('gossip-round'),
    );
    await peer.listen();
    expect(grown).toEqual([1, 1, 1]);
  });

  it('say who runs, on what, and how the process is', async () => {
    const series = await scrape();
    const info = series.find(({ name }) => name === 'lattice_info')!;
    expect(info.labels).toMatchObject({
      server_id: 'hub.example',
      database: 'embedded',
      node: process.version,
    });
    expect(valueOf(series, 'database_up')).toBe(1);
    for (const name of ['process_resident_memory_bytes', 'process_open_fds', 'process_cpu_seconds_total'])
      expect(valueOf(series, name)).toBeGreaterThan(0);
    expect(valueOf(series, 'event_loop_lag_seconds_count')).toBeGreaterThan(0);
    expect(series.filter(({ name, value }) => name === 'lattice_degraded' && value !== 0)).toEqual([]);
  });

  it('are of one daemon each, though two run in this process', async () => {
    const other = await federation.start('other.example');
    const series = await scrape(other);
    expect(valueOf(series, RECEIVED)).toBeNull();
    expect(series.find(({ name }) => name === 'lattice_info')!.labels['server_id']).toBe('other.example');
  });

  it('are bounded whatever is asked for, and hold nothing that a stranger wrote', async () => {
    const before = (await scrape()).length;
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'PURGE', 'SEARCH', 'MKCOL', 'LINK'];
    const mark = 'zx81';
    const probe = async (number: number): Promise<number> => {
      const response = await fetch(`${daemon.url}/${mark}-${number}/${mark}?${mark}=${number}`, {
        method: methods[number % methods.length]!,
        headers: { 'x-request-id': `${mark}-${number}-${mark}`, 'user-agent': mark },
      });
      await response.arrayBuffer();
      return response.status;
    };
    for (let batch = 0; batch < 20; batch += 1) {
      const statuses = await Promise.all(Array.from({ length: 50 }, (_, i) => probe(50 * batch + i)));
      expect(new Set(statuses)).toEqual(new Set([404]));
    }
    const named = await federation.stranger(`${mark}.example`);
    await named.announceTo(daemon);
    await named.say(daemon, `${mark}_kind`, '{}');
    await daemon.post(`/api/v1/route/${mark}.example`);
    const { text } = await daemon.get('/metrics');
    expect(text).not.toContain(mark);
    const after = readExposition(text);
    expect(valueOf(after, 'http_requests_total', { route: 'none', status: '404' })).toBe(1_000);
    // 5 methods and `other` at one route and one status, and the few series that the rest of this test began.
    expect(after.length - before).toBeLessThan(6 * 17 + 60);
  });
});

describe('the metrics of a daemon with a token and limits', () => {
  let guarded: TestDaemon;
  const admin = { authorization: `Bearer ${TOKEN}` };

  beforeAll(async () => {
    guarded = await federation.start('guarded.example', {
      LATTICE_ADMIN_TOKEN: TOKEN,
      LATTICE_SOURCE_RATE_LIMIT: '3',
      LATTICE_ADMISSION: 'bootstrap-only',
    });
  });

  it('are shown to who sends the token, and to nobody else', async () => {
    for (const path of ['/metrics', '/health', '/health/live', '/health/ready']) {
      expect(outcome(await guarded.get(path))).toBe('403 not_allowed');
      expect(outcome(await guarded.get(path, admin))).toBe('200');
    }
    const { text } = await guarded.get('/metrics', admin);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(guarded.daemon.identity.self.fingerprint);
  });

  it('count who is not admitted, and who is turned away by a limit', async () => {
    const stranger = await federation.stranger('stranger.example');
    expect(outcome(await stranger.announceTo(guarded))).toBe('403 not_admitted');
    for (let i = 0; i < 5; i += 1) await guarded.get('/status', { 'x-forwarded-for': '203.0.113.7' });
    await guarded.get('/metrics', { authorization: 'Bearer wrong-but-long-enough' });
    const series = await scrape(guarded, admin);
    expect(valueOf(series, 'newcomers_total', { outcome: 'not_admitted' })).toBe(1);
    expect(valueOf(series, 'rate_limited_total', { limit: 'source' })).toBe(2);
    expect(valueOf(series, 'http_requests_total', { route: '/status', status: '429' })).toBe(2);
    expect(valueOf(series, 'http_requests_total', { route: '/metrics', status: '403' })).toBe(2);
  });
});
