import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { TestDaemon } from '../support/test-daemon.js';

onEachDatabase('the operator of a daemon', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('hub.example');
  });

  afterEach(() => federation.end());

  it('starts a round, but no second one within a minute unless by force', async () => {
    federation.clock.standStill();
    const announce = async (body?: unknown): Promise<unknown> =>
      (await daemon.post('/api/v1/announce', body)).body;
    const finished = daemon.once('round.finished');
    expect(await announce()).toEqual({ status: 'scheduled' });
    await finished;
    const limited = await announce({ force: false });
    expect(limited).toEqual({ status: 'rate_limited', next_allowed: expect.any(String) as string });
    const nextAllowed = Date.parse((limited as { next_allowed: string }).next_allowed);
    expect(nextAllowed - federation.clock.now()).toBe(MINUTE_MS);

    const forced = daemon.once('round.finished');
    expect(await announce({ force: true })).toEqual({ status: 'scheduled' });
    await forced;
    federation.clock.advance(MINUTE_MS - 1);
    expect(await announce({})).toMatchObject({ status: 'rate_limited' });
    federation.clock.advance(1);
    const last = daemon.once('round.finished');
    expect(await announce('')).toEqual({ status: 'scheduled' });
    await last;
  });

  it('sees the health of the daemon, and what is wrong with it', async () => {
    await daemon.task('gossip-round');
    const { body } = await daemon.get('/api/v1/health');
    expect(body).toMatchObject({
      status: 'healthy',
      problems: [],
      service: 'discovery_daemon',
      server_id: 'hub.example',
      maintenance_mode: false,
      saturation: 0,
    });
    expect(Math.abs(Date.parse(String(body.last_gossip)) - federation.clock.now())).toBeLessThan(MINUTE_MS);
    expect(body.uptime_seconds).toBeTypeOf('number');
    expect((await daemon.get('/health')).body).toMatchObject({ status: 'healthy' });

    federation.clock.advance(31 * MINUTE_MS);
    expect((await daemon.get('/health')).body).toMatchObject({
      status: 'degraded',
      problems: ['gossip rounds are not run'],
    });
    await daemon.task('gossip-round');
    expect((await daemon.get('/health')).body).toMatchObject({ status: 'healthy' });
  });

  it('hears that nobody takes what it sends, after three rounds of it', async () => {
    const old = await federation.start('old.example', { LATTICE_EXTENSIONS: 'off' });
    const neighbor = await federation.stranger('a.example');
    await neighbor.join(old);
    const problems = async (): Promise<unknown> => (await old.get('/health')).body['problems'];
    await neighbor.stop();
    for (let round = 0; round < 2; round += 1) await old.task('gossip-round');
    expect(await problems()).toEqual([]);
    await old.task('gossip-round');
    expect(await problems()).toEqual(['no neighbour took what this server sent in its last rounds']);
    // Nor is it forgotten once no neighbour is called any more.
    federation.clock.advance(2 * DAY_MS);
    await old.task('gossip-round');
    expect(await problems()).toHaveLength(1);
    await neighbor.listen();
    expect((await neighbor.announceTo(old)).status).toBe(200);
    await old.task('gossip-round');
    expect(await problems()).toEqual([]);
  });

  it('and everybody else see how many servers it knows', async () => {
    federation.clock.standStill();
    const stranger = await federation.stranger('a.example');
    await stranger.join(daemon);
    federation.clock.advance(5_000);
    expect((await daemon.get('/status')).body).toEqual({
      alive: true,
      accepting_messages: false,
      peer_count: 1,
      saturation: 0.7 / 10 + 0.3,
      version: '1.0',
    });
  });

  it('lists neighbours first, and only those that were seen within a week unless asked for all', async () => {
    const mute = await federation.stranger('mute.example');
    mute.answers = () => ({ status: 500, body: '' });
    const old = await federation.stranger('old.example');
    await old.join(daemon);
    federation.clock.advance(6 * DAY_MS);
    const recent = await federation.stranger('recent.example');
    await recent.join(daemon);
    await mute.announceTo(daemon);
    const listed = async (query: string): Promise<string[]> =>
      (await daemon.peers(query)).map(({ server_id }) => server_id);
    expect(await listed('')).toEqual(['recent.example', 'old.example', 'mute.example']);
    federation.clock.advance(2 * DAY_MS);
    expect(await listed('')).toEqual(['recent.example', 'mute.example']);
    expect(await listed('?active_only=false')).toEqual(['recent.example', 'old.example', 'mute.example']);
  });

  it('has what is past its time deleted: neighbours after 30 days, servers after 90', async () => {
    const stranger = await federation.stranger('a.example');
    await stranger.join(daemon);
    const cleanup = async (): Promise<unknown> => (await daemon.post('/api/v1/maintenance/cleanup')).body;
    const levels = (): string[] => daemon.logged('Deleted what was past its time').map(({ level }) => level);
    const all = '?active_only=false';
    federation.clock.advance(29 * DAY_MS);
    expect(await cleanup()).toMatchObject({ status: 'completed' });
    expect(levels()).toEqual(['debug']);
    expect(await daemon.peers(all)).toMatchObject([{ server_id: 'a.example', is_neighbor: true }]);
    federation.clock.advance(2 * DAY_MS);
    await cleanup();
    expect(levels()).toEqual(['debug', 'info']);
    expect(await daemon.peers(all)).toMatchObject([{ server_id: 'a.example', is_neighbor: false }]);
    federation.clock.advance(60 * DAY_MS);
    await cleanup();
    expect(await daemon.peers(all)).toEqual([]);
  });

  it('has the neighbours updated: whoever is to be had fills a free place', async () => {
    const late = await federation.stranger('late.example');
    late.answers = () => ({ status: 500, body: '' });
    await late.announceTo(daemon);
    await late.called('/api/v1/announcement');
    late.answers = () => undefined;
    federation.clock.advance(11 * MINUTE_MS);
    const added = daemon.once('neighbor.added');
    const { body } = await daemon.post('/api/v1/maintenance/update_neighbors');
    expect(body).toMatchObject({ status: 'scheduled' });
    expect(await added).toMatchObject({ serverId: 'late.example' });
  });

  it('has eight neighbours at most, and without the extension replaces one only now and then', async () => {
    const daemon = await federation.start('old.example', { LATTICE_EXTENSIONS: 'off' });
    const names = Array.from({ length: 10 }, (_, i) => `n${i}.example`);
    for (const name of names) {
      const stranger = await federation.stranger(name);
      await stranger.announceTo(daemon);
      await daemon.until(async () => (await daemon.route(name)).found === true);
      federation.clock.advance(1000);
    }
    expect(await daemon.neighbors()).toHaveLength(8);
    let changes = 0;
    for (let i = 0; i < 60; i += 1) {
      const { add, drop } = (await daemon.task('update-neighbors')) as { add: string[]; drop: string[] };
      expect(drop).toHaveLength(add.length);
      changes += add.length;
    }
    // One in five, so 12 of 60: what is beyond these bounds happens once in a million runs.
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThan(30);
    expect(await daemon.neighbors()).toHaveLength(8);
  });
});
