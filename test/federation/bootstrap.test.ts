import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { ANNOUNCEMENT, RECEIVE, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const MISSING = 'A bootstrap server is missing';
const JOINED = 'Joined through a bootstrap server';

onEachDatabase('a bootstrap server', (under) => {
  let federation: Federation;
  let hub: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    hub = await federation.stranger('hub.example');
  });

  afterEach(() => federation.end());

  const start = (env: Record<string, string> = {}): Promise<TestDaemon> =>
    federation.start('leaf.example', { LATTICE_BOOTSTRAP_SERVERS: hub.url, ...env });
  const pin = (fingerprint: string): Record<string, string> => ({
    LATTICE_BOOTSTRAP_PINS: `${hub.url.slice('http://'.length)}=${fingerprint}`,
  });
  /** What the log says of it, oldest first. */
  const problems = (daemon: TestDaemon): unknown[] =>
    daemon.logged(MISSING).map((entry) => entry.fields.problem);

  it('is fetched, told who we are, and then known', async () => {
    const leaf = await start();
    await leaf.knows('hub.example');
    await leaf.task('join');
    expect(hub.calls[0]).toMatchObject({ method: 'GET', path: ANNOUNCEMENT });
    const { server_uuid } = await leaf.identity();
    const [told] = hub.callsTo(RECEIVE).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(told).toMatchObject({
      message_type: 'announcement',
      payload: { server_id: 'leaf.example', server_uuid },
    });
    expect(leaf.logged(JOINED)).toHaveLength(1);
    expect(problems(leaf)).toEqual([]);
  });

  it('is not joined under another key than the pinned one, and the log says so', async () => {
    const leaf = await start(pin('0'.repeat(32)));
    await leaf.task('join');
    expect(problems(leaf)).toEqual([
      `its fingerprint is ${hub.fingerprint}, but LATTICE_BOOTSTRAP_PINS says ${'0'.repeat(32)}`,
    ]);
    expect(await leaf.names()).toEqual([]);
    expect(hub.callsTo(RECEIVE)).toEqual([]);
    expect(leaf.logged(JOINED)).toEqual([]);
  });

  it('is joined under the pinned key', async () => {
    const leaf = await start(pin(hub.fingerprint));
    await leaf.knows('hub.example');
    await leaf.task('join');
    expect(leaf.logged(JOINED)).toHaveLength(1);
  });

  it('that is missing at the start is joined when it comes', async () => {
    await hub.stop();
    const leaf = await start();
    await leaf.task('join');
    expect(problems(leaf)).toHaveLength(1);
    expect(await leaf.names()).toEqual([]);

    await hub.listen();
    federation.clock.advance(5_000);
    await leaf.task('join');
    expect(leaf.logged(JOINED)).toHaveLength(1);
    await leaf.knows('hub.example');
  });

  it('that refuses us is asked again, ever more slowly, until it takes us', async () => {
    federation.clock.standStill();
    hub.answers = ({ path }) =>
      path === RECEIVE ? { status: 403, body: '{"detail": "unknown server"}' } : undefined;
    const leaf = await start();
    await leaf.task('join');
    expect(problems(leaf)).toEqual(['it refuses our announcement (403)']);
    const waits = leaf.logged(MISSING).map((entry) => entry.fields.retryInSeconds);
    expect(waits).toEqual([5]);
    federation.clock.advance(4_999);
    await leaf.task('join');
    expect(problems(leaf)).toHaveLength(1);
    for (const waitedMs of [1, 10_000, 20_000]) {
      federation.clock.advance(waitedMs);
      await leaf.task('join');
    }
    expect(leaf.logged(MISSING).map((entry) => entry.fields.retryInSeconds)).toEqual([5, 10, 20, 40]);
    expect(leaf.logged(JOINED)).toEqual([]);

    hub.answers = () => undefined;
    federation.clock.advance(40_000);
    await leaf.task('join');
    expect(leaf.logged(JOINED)).toHaveLength(1);
  });

  it.each([
    ['no announcement', { status: 404, body: '{"detail": "Not Found"}' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['no fields', { status: 200, body: '{}' }],
  ])('that answers %s is not joined', async (_what, reply) => {
    hub.answers = ({ path }) => (path === ANNOUNCEMENT ? reply : undefined);
    const leaf = await start();
    await leaf.task('join');
    expect(problems(leaf)).toHaveLength(1);
    expect(await leaf.names()).toEqual([]);
    expect(hub.callsTo(RECEIVE)).toEqual([]);
  });

  it('that answers an old or a forged announcement is not joined', async () => {
    const old = await hub.announcement();
    federation.clock.advance(3_601_000);
    const forged = { ...(await hub.announcement()), serverId: 'other.example' };
    for (const [announcement, problem] of [
      [old, `${hub.url}${ANNOUNCEMENT}: the announcement is older than 60 minutes`],
      [forged, `${hub.url}${ANNOUNCEMENT} answers an announcement whose signature does not hold`],
    ] as const) {
      hub.answers = ({ path }) => (path === ANNOUNCEMENT ? hub.showing(announcement) : undefined);
      const leaf = await start();
      await leaf.task('join');
      expect(problems(leaf)).toEqual([problem]);
      expect(await leaf.names()).toEqual([]);
    }
  });

  it('that is ourselves is no peer', async () => {
    const leaf = await start({ LATTICE_BOOTSTRAP_SERVERS: '' });
    const again = await federation.restart(leaf, { LATTICE_BOOTSTRAP_SERVERS: leaf.url });
    await again.task('join');
    expect(await again.names()).toEqual([]);
    expect(problems(again)).toEqual([]);
  });

  it('and its host alone are admitted where nobody else is', async () => {
    const leaf = await start({ LATTICE_ADMISSION: 'bootstrap-only' });
    await leaf.knows('hub.example');
    const other = await federation.stranger('other.example');
    expect(outcome(await other.announceTo(leaf))).toBe('403 not_admitted');
    expect(await leaf.names()).toEqual(['hub.example']);
    expect(outcome(await hub.announceTo(leaf))).toBe('200');
    expect(outcome(await hub.announceTo(leaf, { serverId: 'renamed.example' }))).toBe('403 not_admitted');
    const host = await federation.stranger('127.0.0.1');
    expect(outcome(await host.announceTo(leaf))).toBe('200');
    const open = await start();
    expect(outcome(await other.announceTo(open))).toBe('200');
  });
});
