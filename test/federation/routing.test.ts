import { afterEach, beforeEach, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { ANNOUNCEMENT, domainReply, QUERY, type Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

onEachDatabase('the route to a server that we do not know', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  /** A knows B alone, and speaks no extension, by which B would tell it of C unasked. B knows C. */
  async function chain(env: Record<string, string> = {}): Promise<[TestDaemon, TestDaemon, Stranger]> {
    const middle = await federation.start('b.example');
    const near = await federation.newcomer([middle], 'a.example', { LATTICE_EXTENSIONS: 'off', ...env });
    const far = await federation.stranger('c.example');
    await far.join(middle);
    return [near, middle, far];
  }

  /** A daemon whose only neighbour answers queries as it likes. */
  async function withNeighbor(): Promise<[TestDaemon, Stranger]> {
    const daemon = await federation.start('a.example');
    const neighbor = await federation.stranger('neighbor.example');
    await neighbor.join(daemon);
    return [daemon, neighbor];
  }

  const pointing = (neighbor: Stranger, answer: Record<string, unknown>): void => {
    neighbor.answers = (call) =>
      call.path === QUERY ? domainReply(call, { found: true, ...answer }) : undefined;
  };

  it('comes from a neighbour with nine tenths of confidence, is checked, and is known from then on', async () => {
    const [near, , far] = await chain();
    expect(await near.names()).toEqual(['b.example']);
    const found = {
      found: true,
      domain: 'c.example',
      server_id: 'c.example',
      endpoint_url: far.endpoints.federation,
    };
    far.calls.length = 0;
    expect(await near.route('C.example')).toEqual({ ...found, confidence: 0.9, from_cache: false });
    expect(far.callsTo(ANNOUNCEMENT).length).toBeGreaterThan(0);
    expect(await near.route('c.example')).toEqual({ ...found, confidence: 1, from_cache: false });
    expect(await near.names()).toEqual(['b.example', 'c.example']);
  });

  it('is remembered for a day where the server itself may not join', async () => {
    const [near, , far] = await chain({ LATTICE_ADMISSION: 'bootstrap-only' });
    const found = { found: true, endpoint_url: far.endpoints.federation, confidence: 0.9 };
    expect(await near.route('c.example')).toMatchObject({ ...found, from_cache: false });
    expect(await near.route('c.example')).toMatchObject({ ...found, from_cache: true });
    expect(await near.names()).toEqual(['b.example']);
    federation.clock.advance(23 * HOUR_MS);
    expect(await near.route('c.example')).toMatchObject({ ...found, from_cache: true });
    federation.clock.advance(HOUR_MS + 1000);
    // After a day of silence a neighbour is asked nothing before it has answered again.
    await near.task('update-neighbors');
    expect(await near.route('c.example')).toMatchObject({ ...found, from_cache: false });
  });

  it('is told to a stranger that asks, with the confidence with which it is remembered', async () => {
    const [near, , far] = await chain({ LATTICE_ADMISSION: 'bootstrap-only' });
    const asker = await federation.stranger('asker.example');
    expect((await asker.ask(near, 'c.example')).body).toMatchObject({ found: false });
    expect(await near.route('c.example')).toMatchObject({ found: true, from_cache: false });
    far.calls.length = 0;
    const remembered = {
      domain: 'c.example',
      found: true,
      server_id: 'c.example',
      endpoint_url: far.endpoints.federation,
      hop_count: 0,
      confidence: 0.9,
    };
    expect((await asker.ask(near, 'C.example')).body).toMatchObject(remembered);
    // Nor does hearsay of the same server and place take it away.
    expect(await broughtTo(near, await recordOf(far))).toBe('taken');
    expect((await asker.ask(near, 'c.example')).body).toMatchObject(remembered);
    expect(far.calls).toEqual([]);
    federation.clock.advance(24 * HOUR_MS + 1000);
    expect((await asker.ask(near, 'c.example')).body).toMatchObject({ found: false });
  });

  it('comes over two servers with nine tenths for each', async () => {
    const [near, , far] = await chain();
    const beyond = await federation.stranger('d.example');
    pointing(far, { server_id: 'd.example', endpoint_url: beyond.endpoints.federation });
    const route = await near.route('d.example');
    expect(route).toMatchObject({ found: true, endpoint_url: beyond.endpoints.federation });
    expect(route.confidence).toBeCloseTo(0.81, 10);
  });

  it('is none where the only answer is a lie', async () => {
    // Where nobody else may join, the liar stays the only one to ask.
    const neighbor = await federation.stranger('neighbor.example');
    const daemon = await federation.start('a.example', {
      LATTICE_ADMISSION: 'bootstrap-only',
      LATTICE_BOOTSTRAP_SERVERS: neighbor.url,
    });
    await daemon.knows('neighbor.example');
    const other = await federation.stranger('other.example');
    const lies: Record<string, (honest: Stranger) => Record<string, unknown>> = {
      'of-another-server': () => ({ endpoint_url: other.endpoints.federation }),
      'of-another-endpoint': ({ url }) => ({ endpoint_url: `${url}/elsewhere/api/v1/federation` }),
      'of-nobody': () => ({ endpoint_url: 'http://127.0.0.1:9/api/v1/federation' }),
      'of-a-forbidden-address': () => ({ endpoint_url: 'http://10.0.0.1/api/v1/federation' }),
      'of-no-url': () => ({ endpoint_url: 'nowhere' }),
      'of-nothing': () => ({ endpoint_url: null }),
      'of-another-name': ({ endpoints }) => ({
        endpoint_url: endpoints.federation,
        server_id: 'other.example',
      }),
      'of-impossible-confidence': ({ endpoints }) => ({ endpoint_url: endpoints.federation, confidence: 7 }),
    };
    for (const [name, lie] of Object.entries(lies)) {
      const honest = await federation.stranger(name);
      const nothing = { domain: name, server_id: null, endpoint_url: null, confidence: 0, from_cache: false };
      pointing(neighbor, { server_id: name, ...lie(honest) });
      expect(await daemon.route(name)).toEqual({ found: false, ...nothing });
      neighbor.answers = () => undefined;
      expect(await daemon.route(name)).toEqual({ found: false, ...nothing });
      pointing(neighbor, { server_id: name, endpoint_url: honest.endpoints.federation });
      expect(await daemon.route(name)).toMatchObject({ found: true, server_id: name });
    }
  });

  it('is none where the server that is pointed to cannot sign for itself', async () => {
    const [daemon, neighbor] = await withNeighbor();
    const wanted = await federation.stranger('wanted.example');
    const { signature } = await neighbor.announcement();
    wanted.answers = async () => wanted.showing({ ...(await wanted.announcement()), signature });
    pointing(neighbor, { server_id: 'wanted.example', endpoint_url: wanted.endpoints.federation });
    expect(await daemon.route('wanted.example')).toMatchObject({ found: false });
    wanted.answers = () => undefined;
    expect(await daemon.route('wanted.example')).toMatchObject({ found: true });
  });

  it('is none to a name that another server holds, though somebody answers under it', async () => {
    const [daemon, neighbor] = await withNeighbor();
    const owner = await federation.stranger('owner.example');
    await owner.join(daemon);
    await owner.announceTo(daemon, { serverId: 'moved-on.example' });
    await daemon.knows('moved-on.example');
    const thief = await federation.stranger('owner.example');
    pointing(neighbor, { server_id: 'owner.example', endpoint_url: thief.endpoints.federation });
    expect((await daemon.route('owner.example')).endpoint_url).not.toBe(thief.endpoints.federation);
  });

  it('is found although another neighbour lies, is silent or is slow', async () => {
    const [daemon, honest] = await withNeighbor();
    const wanted = await federation.stranger('wanted.example');
    pointing(honest, { server_id: 'wanted.example', endpoint_url: wanted.endpoints.federation });
    const [liar, slow] = [
      await federation.stranger('liar.example'),
      await federation.stranger('slow.example'),
    ];
    await liar.join(daemon);
    await slow.join(daemon);
    pointing(liar, { server_id: 'wanted.example', endpoint_url: liar.endpoints.federation });
    slow.answers = (call) => (call.path === QUERY ? new Promise(() => undefined) : undefined);
    expect(await daemon.route('wanted.example')).toMatchObject({
      found: true,
      endpoint_url: wanted.endpoints.federation,
    });
  });

  it('is none where three neighbours of each other all know nothing', async () => {
    const [first, second, third] = await federation.meet('a.example', 'b.example', 'c.example');
    for (const daemon of [first!, second!, third!]) {
      expect(await daemon.route('nobody.example')).toMatchObject({ found: false });
    }
  });

  it('is none through or to a server that the operator has blocked', async () => {
    const [near, , far] = await chain();
    await near.trust('b.example', 'blocked');
    expect(await near.names()).toEqual([]);
    expect(await near.peers('?include_blocked=true')).toMatchObject([
      { server_id: 'b.example', trust_status: 'blocked', is_neighbor: false },
    ]);
    expect(await near.route('b.example')).toMatchObject({ found: false });
    expect(await near.route('c.example')).toMatchObject({ found: false });
    expect(await near.task('gossip-round')).toEqual({ sent: 0, failed: 0 });
    await near.trust('b.example', 'trusted');
    await near.task('update-neighbors');
    expect(await near.route('b.example')).toMatchObject({ found: true });
    expect(await near.route('c.example')).toMatchObject({
      found: true,
      endpoint_url: far.endpoints.federation,
    });
  });
});
