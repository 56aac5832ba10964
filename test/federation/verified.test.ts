import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { FAILURE_MEMORY_MS } from '../../src/admission/checked-places.js';
import { MAX_PENDING_PER_NETWORK } from '../../src/admission/pending-newcomers.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { RedirectedPeerHttp } from '../support/redirected-peer-http.js';
import { ANNOUNCEMENT, CHALLENGE, type Reply, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const WELL_KNOWN = '/.well-known/lattice';
const EXT = ['1.0', 'ext:1'];

onEachDatabase('LATTICE_ADMISSION=verified', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  /** Where the names of the test lead. */
  let places: Map<string, string>;
  let http: RedirectedPeerHttp;

  beforeEach(async () => {
    federation = new Federation(under);
    places = new Map();
    http = new RedirectedPeerHttp(places);
    daemon = await federation.start('hub', { LATTICE_ADMISSION: 'verified' }, { peerHttp: http });
  });

  afterEach(() => federation.end());

  /** A server that listens, and that this name leads to. */
  const atHome = async (name: string, supportedVersions: readonly string[] = EXT): Promise<Stranger> => {
    const stranger = await federation.stranger(name);
    stranger.supportedVersions = supportedVersions;
    places.set(`https://${name}`, stranger.url);
    return stranger;
  };
  const endpointsAt = (host: string) => ({
    discovery: `https://${host}`,
    federation: `https://${host}/api/v1/federation`,
  });
  const problemOf = async (serverId: string): Promise<string | null> => {
    const failed = async () =>
      (await daemon.admissions()).waiting.find((one) => one.server_id === serverId && one.state === 'failed');
    await daemon.until(async () => (await failed()) !== undefined);
    return (await failed())!.problem;
  };
  const rows = async (): Promise<number> => {
    const database = daemon.daemon.app.get(Database, { strict: false });
    const [row] = await database.query<{ count: number }>(
      'SELECT (SELECT count(*) FROM peers) + (SELECT count(*) FROM admissions) AS count',
    );
    return Number(row!.count);
  };
  const namedBy = (stranger: Stranger, changes: object = {}): Reply => ({
    status: 200,
    body: JSON.stringify({
      discovery: stranger.url,
      server_uuid: stranger.serverUuid,
      fingerprint: stranger.fingerprint,
      ...changes,
    }),
  });

  it('admits a bare name once its server has answered, a challenge among it, and not before', async () => {
    const ada = await atHome('ada');
    let answer: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    ada.answers = async ({ path }) => {
      if (path === ANNOUNCEMENT) await held;
      return undefined;
    };
    const joined = await ada.joinAt(daemon);
    expect(joined).toMatchObject({
      status: 202,
      body: { state: 'pending', retry_after: 3 },
    });
    await ada.called(ANNOUNCEMENT);
    expect(await daemon.peers('?active_only=false')).toEqual([]);
    expect(outcome(await ada.joinAt(daemon))).toBe('202');
    answer!();
    await daemon.knows('ada');
    expect(ada.callsTo(CHALLENGE)).toHaveLength(1);
    expect((await ada.joinAt(daemon)).body).toEqual({ state: 'known' });
    expect((await daemon.admissions()).waiting).toEqual([]);
  });

  it('admits whoever announces itself by gossip in the same way, a server of 1.0 without a challenge', async () => {
    const old = await atHome('old', ['1.0']);
    expect((await old.announceTo(daemon)).body).toEqual({ status: 'accepted' });
    await daemon.knows('old');
    expect(old.callsTo(CHALLENGE)).toEqual([]);
  });

  it('admits real daemons by ext/join, in both directions', async () => {
    const bob = await federation.start('bob', {
      LATTICE_ADMISSION: 'verified',
      LATTICE_BOOTSTRAP_SERVERS: daemon.url,
    });
    await daemon.knows('bob');
    await bob.knows('hub');
    expect(bob.logged('A bootstrap server checks us before it lets us in')).toHaveLength(1);
    federation.clock.advance(60_000);
    await bob.task('join');
    expect(bob.logged('Joined through a bootstrap server')).toHaveLength(1);
  });

  it.each<[string, (eve: Stranger) => Stranger['answers'], RegExp]>([
    ['does not answer', () => () => ({ status: 500, body: '' }), /answers 500/],
    [
      'cannot answer a challenge',
      () =>
        ({ path }) =>
          path.startsWith(CHALLENGE) ? { status: 404, body: '{}' } : undefined,
      /answers 404/,
    ],
    [
      'answers the challenge of somebody else',
      (eve) => (call) =>
        call.path.startsWith(CHALLENGE)
          ? eve.challenged(call, { nonce: 'a-nonce-of-another-time' })
          : undefined,
      /challenge/,
    ],
    [
      'answers a challenge under another name',
      (eve) => (call) =>
        call.path.startsWith(CHALLENGE)
          ? eve.challenged(call, { serverUuid: '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f' })
          : undefined,
      /challenge/,
    ],
    [
      'answered a challenge an hour ago',
      (eve) => (call) =>
        call.path.startsWith(CHALLENGE)
          ? eve.challenged(call, { timestamp: '2026-01-01T00:00:00Z' })
          : undefined,
      /challenge/,
    ],
    [
      'answers a challenge with a signature that does not hold',
      (eve) => (call) =>
        call.path.startsWith(CHALLENGE) ? eve.challenged(call, { signature: 'AAAA' }) : undefined,
      /challenge/,
    ],
  ])('does not admit a server that %s', async (_title, answersOf, problem) => {
    const eve = await atHome('eve');
    eve.answers = answersOf(eve);
    expect(outcome(await eve.joinAt(daemon))).toBe('202');
    expect(await problemOf('eve')).toMatch(problem);
    expect(outcome(await eve.joinAt(daemon))).toBe('403 not_admitted');
    expect(await rows()).toBe(0);
    eve.answers = () => undefined;
    federation.clock.advance(FAILURE_MEMORY_MS + 1_000);
    expect(outcome(await eve.joinAt(daemon))).toBe('202');
    await daemon.knows('eve');
  });

  it('admits a DNS name whose host is its endpoint’s', async () => {
    const chat = await atHome('chat.example.org');
    expect(outcome(await chat.joinAt(daemon, { endpoints: endpointsAt('chat.example.org') }))).toBe('202');
    chat.answers = async ({ path }) =>
      path === ANNOUNCEMENT
        ? chat.showing(await chat.announcement({ endpoints: endpointsAt('chat.example.org') }))
        : undefined;
    await daemon.knows('chat.example.org');
    expect(http.called.filter((url) => url.endsWith(WELL_KNOWN))).toEqual([]);
  });

  it('admits a DNS name that says itself where its server is', async () => {
    const chat = await federation.stranger('chat.example.org');
    const site = await federation.stranger('site');
    places.set('https://chat.example.org', site.url);
    site.answers = () => namedBy(chat);
    expect(outcome(await chat.joinAt(daemon))).toBe('202');
    await daemon.knows('chat.example.org');
    expect(site.callsTo(WELL_KNOWN)).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['another place', { discovery: 'https://elsewhere.example' }],
    ['another server', { server_uuid: '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f' }],
    ['another key', { fingerprint: '0123456789ABCDEF0123456789ABCDEF' }],
  ])('does not admit a DNS name that says %s', async (_title, said) => {
    const eve = await federation.stranger('chat.example.org');
    const site = await federation.stranger('site');
    places.set('https://chat.example.org', site.url);
    site.answers = () => namedBy(eve, said);
    await eve.joinAt(daemon);
    expect(await problemOf('chat.example.org')).toMatch(/does not name it/);
    expect(await rows()).toBe(0);
  });

  it('does not give a name to a server one label below it, nor to one above it, and its owner gets it afterwards', async () => {
    const owner = await atHome('chat.example.org', ['1.0']);
    for (const host of ['evil.chat.example.org', 'example.org']) {
      const eve = await federation.stranger('chat.example.org');
      places.set(`https://${host}`, eve.url);
      const endpoints = endpointsAt(host);
      eve.answers = async ({ path }) =>
        path === ANNOUNCEMENT ? eve.showing(await eve.announcement({ endpoints })) : undefined;
      expect(outcome(await eve.joinAt(daemon, { endpoints }))).toBe('202');
      const { serverUuid } = eve;
      await daemon.until(async () =>
        (await daemon.admissions()).waiting.some(
          (one) => one.server_uuid === serverUuid && one.state === 'failed',
        ),
      );
    }
    expect(await rows()).toBe(0);
    // The name itself was asked once, and not again for the second liar.
    expect(owner.callsTo(WELL_KNOWN)).toHaveLength(1);
    const endpoints = endpointsAt('chat.example.org');
    owner.answers = async ({ path }) =>
      path === ANNOUNCEMENT ? owner.showing(await owner.announcement({ endpoints })) : undefined;
    await owner.joinAt(daemon, { endpoints });
    await daemon.knows('chat.example.org');
  });

  it('does not let a liar keep out the owner of a name, who says where its server is', async () => {
    const owner = await federation.stranger('chat.example.org');
    const liar = await federation.stranger('chat.example.org');
    const site = await federation.stranger('site');
    places.set('https://chat.example.org', site.url);
    site.answers = () => namedBy(owner);
    await liar.joinAt(daemon);
    expect(await problemOf('chat.example.org')).toMatch(/does not name it/);
    await owner.joinAt(daemon);
    await daemon.knows('chat.example.org');
    expect(site.callsTo(WELL_KNOWN)).toHaveLength(1);
  });

  it('checks a new name of a known server as a newcomer’s; until then it keeps the one that it has', async () => {
    const ada = await atHome('ada');
    await ada.joinAt(daemon);
    await daemon.knows('ada');
    ada.serverId = 'taken.example.org';
    expect(outcome(await ada.joinAt(daemon))).toBe('202');
    expect(await problemOf('taken.example.org')).toMatch(/taken\.example\.org/);
    expect(await daemon.names()).toEqual(['ada']);
    ada.serverId = 'grace';
    federation.clock.advance(FAILURE_MEMORY_MS + 1_000);
    expect(outcome(await ada.joinAt(daemon))).toBe('202');
    await daemon.until(async () => (await daemon.names()).includes('grace'));
  });

  it('calls a victim once in ten minutes, however many servers say that they are there', async () => {
    const victim = await federation.stranger('victim.example');
    victim.answers = () => ({ status: 404, body: 'this is a web server' });
    const names = Array.from({ length: 12 }, (_, i) => `liar-${i}`);
    for (const name of names) {
      const liar = await federation.stranger(name);
      liar.supportedVersions = EXT;
      const answer = await liar.joinAt(daemon, { endpoints: victim.endpoints });
      expect(outcome(answer)).toBe('202');
    }
    await daemon.until(async () => {
      const { waiting } = await daemon.admissions();
      return waiting.filter(({ state }) => state === 'failed').length === names.length;
    });
    expect(victim.calls.map(({ path }) => path)).toEqual([ANNOUNCEMENT]);
    expect(await rows()).toBe(0);
    const late = await federation.stranger('late');
    federation.clock.advance(FAILURE_MEMORY_MS + 1_000);
    await late.joinAt(daemon, { endpoints: victim.endpoints });
    expect(await problemOf('late')).toMatch(/404/);
    expect(victim.calls).toHaveLength(2);
  });

  it('pays a flood with bounded fetches, memory and rows', async () => {
    const nowhere = { discovery: 'http://127.0.0.1:9', federation: 'http://127.0.0.1:9/api/v1/federation' };
    const flood = async (network: string, count: number): Promise<string[]> => {
      const said: string[] = [];
      for (let i = 0; i < count; i += 1) {
        const one = await federation.stranger(`flood-${network.replaceAll('.', '-')}-${i}`);
        const text = JSON.stringify(await wire(one, nowhere));
        said.push(
          outcome(await daemon.post('/api/v1/ext/join', text, { 'x-forwarded-for': `${network}.${i}` })),
        );
        await one.stop();
      }
      return said;
    };
    const said = await flood('192.0.2', MAX_PENDING_PER_NETWORK + 5);
    expect(said.filter((one) => one === '202')).toHaveLength(MAX_PENDING_PER_NETWORK);
    expect(said.slice(MAX_PENDING_PER_NETWORK).every((one) => one === '429 newcomer_limit')).toBe(true);
    expect((await flood('198.51.100', 2)).every((one) => one === '202')).toBe(true);
    expect((await daemon.admissions()).waiting).toHaveLength(MAX_PENDING_PER_NETWORK + 2);
    expect(http.called.filter((url) => url.startsWith('http://127.0.0.1:9/')).length).toBeLessThanOrEqual(1);
    expect(await rows()).toBe(0);
  });
});

async function wire(one: Stranger, endpoints: { discovery: string; federation: string }): Promise<unknown> {
  return JSON.parse(one.showing(await one.announcement({ endpoints })).body) as unknown;
}
