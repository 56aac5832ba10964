import { afterEach, beforeEach, expect, it } from 'vitest';
import { PeerCaller } from '../../src/calls/peer-caller.js';
import { StatementDeliveriesRepository } from '../../src/gossip/statement-deliveries.repository.js';
import { StatementDeliveryService } from '../../src/gossip/statement-delivery.service.js';
import { PeerUnreachable, type PeerRequest, type PeerResponse } from '../../src/platform/peer-http.js';
import { MINUTE_MS, SECOND_MS } from '../../src/protocol/durations.js';
import { FederationError } from '../../src/protocol/errors.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { RedirectedPeerHttp } from '../support/redirected-peer-http.js';
import type { Stranger } from '../support/stranger.js';
import { ANNOUNCEMENT, QUERY, VIEW } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const PROBE = '/api/v1/ext/probe';
/** What a proxy says for a server that is down. */
const NO_ANSWER = { status: 502, body: 'no' };
const REFUSAL = { status: 404, body: '{"detail": "no", "code": "unknown_peer"}' };

/** The next call to a path fails for a reason of our own. */
class FailingOnce extends RedirectedPeerHttp {
  failsAt: string | null = null;

  override async request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    if (this.failsAt === null || !request.url.endsWith(this.failsAt)) return super.request(request, signal);
    this.failsAt = null;
    throw new FederationError('database_unavailable', 'the key cannot be read');
  }
}

/** Passes nothing on: a rumour, or the answer to one, that is read once a server is gone would be a sign of life. */
class WithoutRumors extends RedirectedPeerHttp {
  override request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    if (request.url.endsWith('/ext/rumor')) return Promise.reject(new PeerUnreachable('connection', 'no'));
    return super.request(request, signal);
  }
}

onEachDatabase('a neighbour that falls silent', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
    federation.clock.standStill();
  });

  afterEach(() => federation.end());

  /** What a daemon tells of each neighbour's state. */
  async function states(daemon: TestDaemon): Promise<Record<string, string | null>> {
    const listed = (await daemon.peers('?detail=true')) as unknown as {
      server_id: string;
      state: string | null;
    }[];
    return Object.fromEntries(listed.map(({ server_id: name, state }) => [name, state]));
  }

  /** A minute passes, and each of them looks at its neighbours. */
  async function minute(...daemons: readonly TestDaemon[]): Promise<void> {
    federation.clock.advance(MINUTE_MS + SECOND_MS);
    for (const daemon of daemons) await daemon.task('probe-neighbors');
  }

  /** A server made by hand that speaks `ext:1`, and that the daemon has proved. */
  async function extended(name: string, ...daemons: readonly TestDaemon[]): Promise<Stranger> {
    const stranger = await federation.extendedStranger(name);
    for (const daemon of daemons) await stranger.join(daemon);
    // As many checks of newcomers as it took are allowed again, and what is signed from here on is of after the start.
    federation.clock.advance(5 * SECOND_MS);
    return stranger;
  }

  const asked = (stranger: Stranger, daemon: TestDaemon, serverUuid: string): Promise<Answer> =>
    stranger.call(daemon, 'POST', PROBE, JSON.stringify({ server_uuid: serverUuid }));

  it('is suspected by each of its neighbours, then down for all of them, and up again once it is back', async () => {
    const daemons: TestDaemon[] = [];
    for (const name of ['a.example', 'b.example', 'c.example', 'd.example'])
      daemons.push(await federation.newcomer(daemons, name, {}, { peerHttp: new WithoutRumors() }));
    const [a, b, c, d] = daemons as [TestDaemon, TestDaemon, TestDaemon, TestDaemon];
    const living = [a, b, c];
    await minute(a, b, c, d);
    for (const daemon of [a, b, c, d])
      expect(Object.values(await states(daemon))).toEqual(['up', 'up', 'up']);
    await federation.stop(d);
    await minute(...living);
    for (const daemon of living) expect((await states(daemon))['d.example']).toBe('suspect');
    for (let passed = 0; passed < 4; passed += 1) await minute(...living);
    for (const daemon of living) expect((await states(daemon))['d.example']).toBe('suspect');
    for (let passed = 0; passed < 2; passed += 1) await minute(...living);
    for (const daemon of living) {
      const others = living.filter((other) => other !== daemon).map(({ config }) => [config.serverId, 'up']);
      expect(await states(daemon)).toEqual({ ...Object.fromEntries(others), 'd.example': 'down' });
      expect(daemon.logged('A neighbour is down')).toHaveLength(1);
    }
    const back = await federation.startAgain(d);
    await minute(a);
    expect((await states(a))['d.example']).toBe('up');
    // What it signs itself is a sign of life for whoever it calls.
    await back.task('probe-neighbors');
    for (const daemon of living) expect((await states(daemon))['d.example']).toBe('up');
    for (const daemon of living) expect(daemon.logged('A neighbour answers again')).toHaveLength(1);
  });

  it('without anybody to confirm it is given 15 minutes', async () => {
    const [a, b] = (await federation.meet('a.example', 'b.example')) as [TestDaemon, TestDaemon];
    await minute(a);
    await federation.stop(b);
    await minute(a);
    federation.clock.advance(14 * MINUTE_MS);
    await a.task('probe-neighbors');
    expect(await states(a)).toEqual({ 'b.example': 'suspect' });
    await minute(a);
    expect(await states(a)).toEqual({ 'b.example': 'down' });
  });

  it('is told of a new key after those that are up', async () => {
    const [a, b, c] = (await federation.meet('a.example', 'b.example', 'c.example')) as [
      TestDaemon,
      TestDaemon,
      TestDaemon,
    ];
    const [first, second] = [b, c].map(({ daemon }) => daemon.identity.self.serverUuid) as [string, string];
    await federation.stop(b);
    await federation.stop(c);
    expect(outcome(await a.post('/api/v1/identity/rotate-key', {}))).toBe('200');
    await a.daemon.app.get(StatementDeliveryService, { strict: false }).deliverDue();
    federation.clock.advance(60 * MINUTE_MS);
    const deliveries = a.daemon.app.get(StatementDeliveriesRepository, { strict: false });
    for (const [down, up] of [
      [first, second],
      [second, first],
    ] as const) {
      const due = await deliveries.due(federation.clock.now(), 2, [down]);
      expect(due.map(({ serverUuid }) => serverUuid)).toEqual([up, down]);
    }
  });

  it('is not probed while it is heard otherwise', async () => {
    const a = await federation.start('a.example');
    const neighbor = await extended('b.example', a);
    await a.task('probe-neighbors');
    const probes = neighbor.callsTo(VIEW).length;
    federation.clock.advance(50 * SECOND_MS);
    expect((await neighbor.call(a, 'GET', VIEW)).status).toBe(200);
    federation.clock.advance(50 * SECOND_MS);
    expect(await a.task('probe-neighbors')).toBe(0);
    expect(neighbor.callsTo(VIEW)).toHaveLength(probes);
    federation.clock.advance(10 * SECOND_MS);
    expect(await a.task('probe-neighbors')).toBe(1);
  });

  it('is not marked by the word of others, whatever they say, as long as it answers us', async () => {
    const a = await federation.start('a.example');
    const liars = await Promise.all(
      ['l1.example', 'l2.example', 'l3.example'].map((name) => extended(name, a)),
    );
    const honest = await extended('h.example', a);
    for (const liar of liars) {
      const announces = liar.answers;
      liar.answers = async (call) => {
        if (call.path === PROBE) return { status: 200, body: '{"reachable": false, "rtt_ms": null}' };
        return announces(call);
      };
    }
    const announces = honest.answers;
    let isUp = true;
    honest.answers = async (call) =>
      call.path === VIEW ? { status: isUp ? 200 : 502, body: isUp ? '{}' : 'no' } : announces(call);
    for (let passed = 0; passed < 5; passed += 1) await minute(a);
    expect((await states(a))['h.example']).toBe('up');
    // One probe that is lost, and all of them bear false witness: the next answer ends it.
    isUp = false;
    await minute(a);
    expect((await states(a))['h.example']).toBe('suspect');
    isUp = true;
    await minute(a);
    expect((await states(a))['h.example']).toBe('up');
  });

  it('cannot be hammered through those who are asked to look for it', async () => {
    const a = await federation.start('a.example');
    const victim = await extended('victim.example', a);
    const askers: Stranger[] = [];
    for (let i = 0; i < 4; i += 1) askers.push(await extended(`asker${i}.example`, a));
    const before = victim.callsTo(VIEW).length;
    const answers = await Promise.all(
      askers.flatMap((asker) => Array.from({ length: 12 }, () => asked(asker, a, victim.serverUuid))),
    );
    const tally = (status: string): number => answers.filter((answer) => outcome(answer) === status).length;
    expect([tally('200'), tally('429 rate_limited')]).toEqual([40, 8]);
    expect(victim.callsTo(VIEW)).toHaveLength(before + 1);
    federation.clock.advance(31 * SECOND_MS);
    expect(await asked(askers[0]!, a, victim.serverUuid).then(outcome)).toBe('429 rate_limited');
    federation.clock.advance(30 * SECOND_MS);
    expect(await asked(askers[0]!, a, victim.serverUuid).then(outcome)).toBe('200');
    expect(victim.callsTo(VIEW)).toHaveLength(before + 2);
  });

  it('is looked for only where it was proved', async () => {
    const a = await federation.start('a.example');
    const asker = await extended('asker.example', a);
    const legacy = await federation.stranger('legacy.example');
    await legacy.join(a);
    const hidden = await federation.extendedStranger('hidden.example');
    hidden.answers = () => ({ status: 404, body: '{}' });
    await hidden.announceTo(a);
    await hidden.called(ANNOUNCEMENT);
    federation.clock.advance(SECOND_MS);
    const calls = hidden.calls.length;
    for (const target of [hidden.serverUuid, legacy.serverUuid, 'nobody'])
      expect(await asked(asker, a, target).then(outcome)).toBe('404 unknown_peer');
    expect(hidden.calls).toHaveLength(calls);
    expect(legacy.callsTo(VIEW)).toEqual([]);
  });

  it('is asked for nothing while others are up', async () => {
    const a = await federation.start('a.example');
    const neighbors: Stranger[] = [];
    for (let i = 0; i < 4; i += 1) neighbors.push(await extended(`n${i}.example`, a));
    const [gone, ...others] = neighbors as [Stranger, ...Stranger[]];
    for (const other of others) other.answers = ({ path }) => (path === PROBE ? REFUSAL : undefined);
    await gone.stop();
    for (let passed = 0; passed < 17; passed += 1) await minute(a);
    expect((await states(a))['n0.example']).toBe('down');
    await gone.listen();
    for (let i = 0; i < 6; i += 1) await a.route(`nowhere${i}.example`);
    expect(gone.callsTo(QUERY)).toEqual([]);
    for (const other of others) expect(other.callsTo(QUERY)).toHaveLength(6);
    await minute(a);
    expect((await states(a))['n0.example']).toBe('up');
  });

  it('is probed only after an interval where it had just been spoken to, and at once after a restart', async () => {
    const a = await federation.start('a.example');
    await extended('b.example', a);
    expect(await a.task('probe-neighbors')).toBe(0);
    federation.clock.advance(MINUTE_MS);
    expect(await a.task('probe-neighbors')).toBe(1);
    const again = await federation.restart(a);
    federation.clock.advance(5 * SECOND_MS);
    expect(await again.task('probe-neighbors')).toBe(1);
  });

  it('is asked after a pause of the machine, before it is held for down', async () => {
    const a = await federation.start('a.example');
    const neighbor = await extended('b.example', a);
    neighbor.answers = ({ path }) => (path === VIEW ? NO_ANSWER : undefined);
    await minute(a);
    expect(await states(a)).toEqual({ 'b.example': 'suspect' });
    neighbor.answers = () => undefined;
    federation.clock.advance(60 * MINUTE_MS);
    await a.task('probe-neighbors');
    expect(await states(a)).toEqual({ 'b.example': 'up' });
    expect(a.logged('A neighbour is down')).toEqual([]);
  });

  it('is not suspected where it was heard while its probe was under way', async () => {
    const a = await federation.start('a.example');
    const neighbor = await extended('b.example', a);
    let speaks = true;
    neighbor.answers = async ({ path }) => {
      if (path !== VIEW) return undefined;
      if (speaks) expect((await neighbor.call(a, 'GET', VIEW)).status).toBe(200);
      return NO_ANSWER;
    };
    await minute(a);
    expect(await states(a)).toEqual({ 'b.example': 'up' });
    speaks = false;
    federation.clock.advance(MINUTE_MS);
    await minute(a);
    expect(await states(a)).toEqual({ 'b.example': 'suspect' });
  });

  /** So unwell that it accuses nobody: four neighbours answered neither a probe nor a request for help. */
  async function unwell(): Promise<{ a: TestDaemon; neighbors: Stranger[] }> {
    const a = await federation.start('a.example');
    const neighbors: Stranger[] = [];
    for (let i = 0; i < 4; i += 1) neighbors.push(await extended(`n${i}.example`, a));
    for (const neighbor of neighbors)
      neighbor.answers = ({ path }) => (path === VIEW ? NO_ANSWER : undefined);
    await minute(a);
    expect(Object.values(await states(a))).toEqual(['up', 'up', 'up', 'up']);
    return { a, neighbors };
  }

  it('is suspected again by a server that was unwell, once others have answered its calls', async () => {
    const { a, neighbors } = await unwell();
    const [, ...others] = neighbors;
    for (const other of others)
      other.answers = ({ path }) => (path.startsWith('/api/v1/ext/c') ? REFUSAL : undefined);
    await minute();
    // They are heard all the time, so that no probe of them falls due: what they answer to other calls has to do.
    for (const other of others) expect((await other.call(a, 'GET', VIEW)).status).toBe(200);
    expect(await a.task('probe-neighbors')).toBe(0);
    const { daemon } = a;
    const caller = daemon.app.get(PeerCaller, { strict: false });
    for (const { serverUuid, endpoints } of [...others, ...others])
      expect(await caller.get({ serverUuid, endpoints }, '/api/v1/ext/changes')).toMatchObject({
        type: 'refused',
      });
    expect(await a.task('probe-neighbors')).toBe(1);
    expect((await states(a))['n0.example']).toBe('suspect');
  });

  it('makes nobody unwell where all who are asked for help answer, be it with a refusal', async () => {
    const a = await federation.start('a.example');
    const neighbors: Stranger[] = [];
    for (let i = 0; i < 4; i += 1) neighbors.push(await extended(`n${i}.example`, a));
    const [silent, ...others] = neighbors as [Stranger, ...Stranger[]];
    silent.answers = ({ path }) => (path === VIEW ? NO_ANSWER : undefined);
    for (const other of others) other.answers = ({ path }) => (path === PROBE ? REFUSAL : undefined);
    await minute(a);
    expect((await states(a))['n0.example']).toBe('suspect');
    federation.clock.advance(MINUTE_MS);
    expect(await a.task('probe-neighbors')).toBe(4);
  });

  it('is called silent to others by no server that is unwell itself', async () => {
    const { a, neighbors } = await unwell();
    const [asker, silent, reached] = neighbors as [Stranger, Stranger, Stranger];
    reached.answers = () => undefined;
    const answer = await asked(asker, a, silent.serverUuid);
    expect([outcome(answer), answer.headers.get('retry-after')]).toEqual(['503 not_ready', '30']);
    for (let i = 0; i < 4; i += 1) {
      expect((await asked(asker, a, reached.serverUuid)).body).toMatchObject({ reachable: true });
      federation.clock.advance(31 * SECOND_MS);
    }
    expect((await asked(asker, a, silent.serverUuid)).body).toMatchObject({ reachable: false });
  });

  it('is called anew for others where the call before could not be made', async () => {
    const peerHttp = new FailingOnce();
    const a = await federation.start('a.example', {}, { peerHttp });
    const asker = await extended('asker.example', a);
    const target = await extended('target.example', a);
    peerHttp.failsAt = VIEW;
    expect(await asked(asker, a, target.serverUuid).then(outcome)).toBe('503 database_unavailable');
    expect(await asked(asker, a, target.serverUuid).then(outcome)).toBe('200');
  });

  it('is legacy: nobody probes it, and it is told nothing of probes', async () => {
    const a = await federation.start('a.example');
    const old = await federation.start('old.example', {
      LATTICE_EXTENSIONS: 'off',
      LATTICE_BOOTSTRAP_SERVERS: a.url,
    });
    await Promise.all([a.knows('old.example'), old.knows('a.example')]);
    expect(await a.task('probe-neighbors')).toBe(0);
    expect(await states(a)).toEqual({ 'old.example': null });
    expect(await states(old)).toEqual({ 'a.example': null });
    expect((await old.get('/api/v1/peers/a.example')).body).toMatchObject({ state: null, seen_by_it: null });
  });

  it('tells the other’s operator how it sees it', async () => {
    const [a, b] = (await federation.meet('a.example', 'b.example')) as [TestDaemon, TestDaemon];
    await minute(a, b);
    const { body } = await a.get('/api/v1/peers/b.example');
    expect(body).toMatchObject({ speaks_extension: true, introduced_by: null, state: 'up' });
    expect(body['seen_by_it']).toMatchObject({ known: true, proven: true, neighbor: true });
    expect(body['seen_by_it']).toMatchObject({ reachable_since: expect.any(String) as unknown });
    const ahead = await extended('ahead.example', a);
    const created = federation.clock.now() + 120 * SECOND_MS;
    const view = await ahead.call(a, 'GET', VIEW, undefined, { created });
    expect(Math.abs(Number(view.body['clock_difference_ms']) - 120_000)).toBeLessThanOrEqual(SECOND_MS);
    await federation.stop(b);
    expect((await a.get('/api/v1/peers/b.example')).body).toMatchObject({ seen_by_it: null });
  });
});
