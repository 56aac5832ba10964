import { afterEach, beforeEach, expect, it } from 'vitest';
import { FAILURE_MEMORY_MS } from '../../src/admission/checked-places.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { RedirectedPeerHttp } from '../support/redirected-peer-http.js';
import { ANNOUNCEMENT, domainReply, QUERY, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const WELL_KNOWN = '/.well-known/lattice';
const BANK = 'bank.example';

onEachDatabase('of a server that others brought, where names are verified,', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  /** Where the names of the test lead. */
  let places: Map<string, string>;
  /** Answers where its name leads. */
  let owner: Stranger;
  /** Was brought under that name. */
  let squatter: Stranger;

  afterEach(() => federation.end());

  const endpointsAt = (host: string) => ({
    discovery: `https://${host}`,
    federation: `https://${host}/api/v1/federation`,
  });

  beforeEach(async () => {
    federation = new Federation(under);
    places = new Map();
    const peerHttp = new RedirectedPeerHttp(places);
    daemon = await federation.start('hub', { LATTICE_ADMISSION: 'verified' }, { peerHttp });
    owner = await federation.extendedStranger(BANK);
    places.set(`https://${BANK}`, owner.url);
    owner.answers = async ({ path }) => {
      if (path === ANNOUNCEMENT)
        return owner.showing(await owner.announcement({ endpoints: endpointsAt(BANK) }));
      return path === WELL_KNOWN ? { status: 404, body: 'this is a bank' } : undefined;
    };
    squatter = await federation.extendedStranger(BANK);
    expect(await broughtTo(daemon, await recordOf(squatter))).toBe('taken');
  });

  const squats = async (): Promise<boolean> =>
    (await daemon.peers('?active_only=false')).some(({ endpoints }) => endpoints.discovery === squatter.url);

  it.each([
    ['what was brought', 0],
    ['what it said before', -1_000],
    ['something later', 1_000],
  ])(
    'a name is checked before there is a route to it, though its server answers %s',
    async (_title, laterMs) => {
      const eve = await federation.extendedStranger('shop.example');
      places.set('https://shop.example', owner.url);
      const broughtAt = federation.clock.now() - 2_000;
      const signedAt = (ms: number) => eve.announcement({ timestamp: formatTimestamp(ms) });
      const announcement = await signedAt(broughtAt);
      expect(await broughtTo(daemon, await recordOf(eve, { announcement }))).toBe('taken');
      eve.answers = async ({ path }) =>
        path === ANNOUNCEMENT ? eve.showing(await signedAt(broughtAt + laterMs)) : undefined;
      expect(await daemon.route('shop.example')).toMatchObject({ found: false });
      expect(eve.callsTo(ANNOUNCEMENT)).toHaveLength(1);
      expect(await daemon.neighbors()).toEqual([]);
      // A server whose name needs no proof is met by the same answer.
      const bob = await federation.extendedStranger('bob');
      const said = await bob.announcement({ timestamp: formatTimestamp(broughtAt) });
      expect(await broughtTo(daemon, await recordOf(bob, { announcement: said }))).toBe('taken');
      bob.answers = async ({ path }) =>
        path === ANNOUNCEMENT
          ? bob.showing(await bob.announcement({ timestamp: formatTimestamp(broughtAt + laterMs) }))
          : undefined;
      expect(await daemon.route('bob')).toMatchObject({ found: true, confidence: 1 });
    },
  );

  it('the owner of the name gets it, and the squatter does not come back', async () => {
    expect(outcome(await owner.joinAt(daemon, { endpoints: endpointsAt(BANK) }))).toBe('202');
    await daemon.knows(BANK);
    expect(await squats()).toBe(false);
    expect(await broughtTo(daemon, await recordOf(squatter))).toBe('claimed server_id');
    expect(await daemon.route(BANK)).toMatchObject({
      found: true,
      endpoint_url: `https://${BANK}/api/v1/federation`,
    });
  });

  it.each(['is told of under', 'announces'])(
    'the owner of the name gets it also after the squatter %s another',
    async (how) => {
      squatter.serverId = 'eve';
      if (how === 'announces') {
        expect(outcome(await squatter.joinAt(daemon))).toBe('202');
        await daemon.knows('eve');
      } else {
        const announcement = await squatter.announcement({
          timestamp: formatTimestamp(federation.clock.now() + 1_000),
        });
        expect(await broughtTo(daemon, await recordOf(squatter, { announcement }))).toBe('taken');
      }
      expect(outcome(await owner.joinAt(daemon, { endpoints: endpointsAt(BANK) }))).toBe('202');
      await daemon.knows(BANK);
      expect(await daemon.route(BANK)).toMatchObject({ endpoint_url: `https://${BANK}/api/v1/federation` });
    },
  );

  it('nobody gets the name who does not prove it', async () => {
    const eve = await federation.extendedStranger(BANK);
    expect(outcome(await eve.joinAt(daemon))).toBe('202');
    const failed = async () => (await daemon.admissions()).waiting.find(({ state }) => state === 'failed');
    await daemon.until(async () => (await failed()) !== undefined);
    expect((await failed())!.problem).toMatch(/answers 404/);
    expect(await squats()).toBe(true);
  });

  it('a bare name stays with whom was known first', async () => {
    const first = await federation.extendedStranger('bare');
    expect(await broughtTo(daemon, await recordOf(first))).toBe('taken');
    const second = await federation.extendedStranger('bare');
    expect(outcome(await second.joinAt(daemon))).toBe('409 name_taken');
  });

  it('the name stays with whom the operator trusts', async () => {
    await daemon.trust(BANK, 'trusted');
    expect(outcome(await owner.joinAt(daemon, { endpoints: endpointsAt(BANK) }))).toBe('409 name_taken');
  });

  it('takes no route from a neighbour to a server under a name that it does not prove', async () => {
    const neighbor = await federation.extendedStranger('neighbor');
    await neighbor.joinAt(daemon);
    await daemon.knows('neighbor');
    places.set('https://shop.example', owner.url);
    const eve = await federation.extendedStranger('shop.example');
    neighbor.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: 'shop.example',
            endpoint_url: eve.endpoints.federation,
          })
        : undefined;
    expect(await daemon.route('shop.example')).toMatchObject({ found: false });
    // Nor to one that does not answer where it says it is.
    eve.answers = async ({ path }) =>
      path === ANNOUNCEMENT
        ? eve.showing(
            await eve.announcement({ endpoints: { ...eve.endpoints, discovery: `${eve.url}/elsewhere` } }),
          )
        : undefined;
    federation.clock.advance(FAILURE_MEMORY_MS + 1_000);
    expect(await daemon.route('shop.example')).toMatchObject({ found: false });
    expect(eve.callsTo(ANNOUNCEMENT).length).toBeGreaterThan(1);
  });
});
