import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { ANNOUNCEMENT, LINK, type Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const GOSSIP_MS = 10 * MINUTE_MS;

onEachDatabase('links between neighbours', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(under);
    federation.clock.standStill();
    daemon = await federation.start('here.example');
    // What is signed from here on is of after the start.
    federation.clock.advance(SECOND_MS);
  });

  afterEach(() => federation.end());

  /** A server made by hand that speaks `ext:1`; to whoever asks for a link it says what `answer` says. */
  async function extended(
    name: string,
    host = '127.0.0.1',
    answer: () => boolean = () => true,
  ): Promise<Stranger> {
    const stranger = await federation.extendedStranger(name, host);
    stranger.answers = ({ path, body }) => {
      if (path !== LINK) return undefined;
      const { wanted } = JSON.parse(body) as { wanted: boolean };
      return { status: 200, body: JSON.stringify({ linked: wanted && answer() }) };
    };
    return stranger;
  }

  /** Announces itself to the daemon, which looks whether it is there. */
  async function proven(stranger: Stranger): Promise<void> {
    const answered = daemon.once(
      'peer.changed',
      ({ serverUuid, change }) => change === 'proven' && serverUuid === stranger.serverUuid,
    );
    expect(outcome(await stranger.announceTo(daemon))).toBe('200');
    await answered;
    // As many checks of newcomers as it took are allowed again.
    federation.clock.advance(5 * SECOND_MS);
  }

  /** So many that take the daemon for a neighbour, each in a network of its own. */
  async function chosen(count: number): Promise<Stranger[]> {
    const strangers: Stranger[] = [];
    for (let i = 0; i < count; i += 1) {
      const stranger = await extended(`n${i}.example`, `127.${i + 1}.0.1`);
      await stranger.join(daemon);
      federation.clock.advance(5 * SECOND_MS);
      strangers.push(stranger);
    }
    return strangers;
  }

  const asks = (stranger: Stranger, wish: object): Promise<Answer> =>
    stranger.call(daemon, 'POST', LINK, JSON.stringify({ wanted: true, ...wish }));
  const heard = (stranger: Stranger): unknown[] =>
    stranger.callsTo(LINK).map(({ body }) => JSON.parse(body) as unknown);
  const tally = async (what: string): Promise<number> =>
    Object.values(await daemon.links()).filter((link) => link.includes(what)).length;
  const round = async (): Promise<void> => {
    federation.clock.advance(GOSSIP_MS);
    await daemon.task('tend-links');
  };

  it('are made on both sides, and ended on both', async () => {
    const other = await federation.start('other.example', { LATTICE_BOOTSTRAP_SERVERS: daemon.url });
    await Promise.all([daemon.knows('other.example'), other.knows('here.example')]);
    federation.clock.advance(SECOND_MS);
    await daemon.task('tend-links');
    await other.task('tend-links');
    expect([await daemon.neighbors(), await other.neighbors()]).toEqual([
      ['other.example'],
      ['here.example'],
    ]);
    // Whoever is blocked asks in vain, and finds out.
    await daemon.trust('other.example', 'blocked');
    expect(await daemon.neighbors()).toEqual([]);
    await round();
    expect(await other.neighbors()).toEqual(['here.example']);
    await other.task('tend-links');
    expect(await other.neighbors()).toEqual([]);
  });

  it('are made by whoever asks, and ended by whoever ends them', async () => {
    const asking = await extended('asking.example', '127.1.0.1', () => false);
    await proven(asking);
    expect(await daemon.links()).toEqual({});
    expect((await asks(asking, {})).body).toEqual({ linked: true });
    expect(await daemon.links()).toEqual({ 'asking.example': 'random of them' });
    expect((await asks(asking, {})).body).toEqual({ linked: true });
    expect((await asks(asking, { wanted: false })).body).toEqual({ linked: false });
    expect((await asks(asking, { wanted: false })).body).toEqual({ linked: false });
    expect(await daemon.links()).toEqual({});
  });

  it('are sought elsewhere where one is full', async () => {
    const full = await extended('full.example', '127.1.0.1', () => false);
    const free = await extended('free.example', '127.2.0.1');
    await proven(full);
    await full.called(LINK);
    expect(heard(full)).toEqual([{ wanted: true, feeler: false, in_need: true }]);
    await proven(free);
    await daemon.knows('free.example');
    expect(await daemon.links()).toEqual({ 'free.example': 'anchor of us' });
    const before = full.callsTo(LINK).length;
    await daemon.task('seek-neighbors');
    expect(full.callsTo(LINK).length).toBeGreaterThan(before);
    expect(await daemon.neighbors()).toEqual(['free.example']);
  });

  it('are two to anchors, five at random and a feeler, which the next gossip round replaces', async () => {
    await chosen(8);
    const roles = Object.values(await daemon.links()).sort();
    expect(roles).toEqual([
      ...Array<string>(2).fill('anchor of us'),
      'feeler of us',
      ...Array<string>(5).fill('random of us'),
    ]);
    const feelers = async (): Promise<string[]> =>
      Object.entries(await daemon.links()).flatMap(([name, link]) => (link === 'feeler of us' ? [name] : []));
    expect(await feelers()).toEqual(['n7.example']);
    const next = await extended('next.example', '127.90.0.1');
    await proven(next);
    await daemon.task('seek-neighbors');
    expect(heard(next)).toEqual([]);
    await round();
    expect(await feelers()).toEqual(['next.example']);
    expect(heard(next)).toEqual([{ wanted: true, feeler: true, in_need: false }]);
    await round();
    expect(await feelers()).toEqual(['n7.example']);
    await next.called(LINK, 2);
    expect(heard(next).at(-1)).toMatchObject({ wanted: false });
  });

  it('go to at least four of our own choice, whoever asks: twenty from one network get half the places at most', async () => {
    await chosen(8);
    const hostile: Stranger[] = [];
    for (let i = 0; i < 20; i += 1) {
      const stranger = await extended(`hostile${i}.example`, '127.66.0.1');
      await proven(stranger);
      hostile.push(stranger);
    }
    // In good times none of them gets in: we know others for longer.
    for (const stranger of hostile) expect((await asks(stranger, {})).body).toEqual({ linked: false });
    let accepted = 0;
    for (let hour = 0; hour < 2; hour += 1) {
      for (const stranger of hostile) {
        federation.clock.advance(GOSSIP_MS);
        accepted += (await asks(stranger, { in_need: true })).body.linked === true ? 1 : 0;
        expect(await tally('of us')).toBeGreaterThanOrEqual(4);
        expect(await tally('of them')).toBeLessThanOrEqual(4);
      }
    }
    expect(accepted).toBeGreaterThan(4);
    expect((await daemon.neighbors()).length).toBe(8);
  });

  it('go to one of each network, while others are to be had', async () => {
    const names = async (): Promise<string[]> => daemon.neighbors();
    for (let i = 0; i < 4; i += 1) await (await extended(`same${i}.example`, '127.66.0.1')).join(daemon);
    expect(await names()).toHaveLength(4);
    for (let i = 0; i < 9; i += 1) {
      federation.clock.advance(5 * SECOND_MS);
      await proven(await extended(`apart${i}.example`, `127.${i + 1}.0.1`));
    }
    // Whom a round tries is drawn: it may take some.
    const ofOneNetwork = async () => (await names()).filter((name) => name.startsWith('same'));
    for (let passed = 0; passed < 12 && (await ofOneNetwork()).length > 1; passed += 1) await round();
    expect(await ofOneNetwork()).toHaveLength(1);
    expect(await names()).toHaveLength(8);
    const late = await extended('late.example', '127.66.0.1');
    await proven(late);
    expect((await asks(late, {})).body).toEqual({ linked: false });
  });

  it('of one that is down make room for another, and it can come back', async () => {
    const [gone] = (await chosen(8)) as [Stranger, ...Stranger[]];
    const spare = await extended('spare.example', '127.90.0.1');
    await proven(spare);
    await gone.stop();
    const added = daemon.once('neighbor.added', ({ serverUuid }) => serverUuid === spare.serverUuid);
    for (let passed = 0; passed < 17; passed += 1) {
      federation.clock.advance(MINUTE_MS + SECOND_MS);
      await daemon.task('probe-neighbors');
    }
    await added;
    expect(await daemon.neighbors()).not.toContain('n0.example');
    await gone.listen();
    // The first round finds it, the second tries it out.
    await round();
    await round();
    expect(await daemon.links()).toMatchObject({ 'n0.example': 'feeler of us' });
  });

  it('are tried with one that others told us of, once it has answered where it is', async () => {
    const known = await extended('known.example', '127.1.0.1');
    await known.join(daemon);
    const told = await extended('told.example', '127.2.0.1');
    expect(await broughtTo(daemon, await recordOf(told))).toBe('taken');
    federation.clock.advance(SECOND_MS);
    expect(told.calls).toEqual([]);
    await daemon.task('seek-neighbors');
    expect(told.calls.map(({ path }) => path.split('?', 1)[0]).slice(0, 2)).toContain(ANNOUNCEMENT);
    expect(await daemon.links()).toMatchObject({ 'told.example': 'feeler of us' });
  });

  it('are not made with one that does not answer where it says it is', async () => {
    const nowhere = await extended('nowhere.example');
    const answers = nowhere.answers;
    nowhere.answers = (call) => (call.path === LINK ? answers(call) : { status: 500, body: '' });
    await nowhere.announceTo(daemon);
    await nowhere.called(ANNOUNCEMENT);
    federation.clock.advance(11 * MINUTE_MS);
    expect((await asks(nowhere, {})).body).toEqual({ linked: false });
    expect(await daemon.links()).toEqual({});
  });

  it('are for those who sign, once, and are known', async () => {
    const unknown = await extended('unknown.example');
    expect(outcome(await asks(unknown, {}))).toBe('404 unknown_peer');
    expect(outcome(await daemon.post(LINK, { wanted: true }))).toMatch(/signature_required/);
    await proven(unknown);
    const body = JSON.stringify({ wanted: true });
    const headers = await unknown.signatureFor(daemon, 'POST', LINK, body);
    expect((await daemon.post(LINK, body, headers)).status).toBe(200);
    expect(outcome(await daemon.post(LINK, body, headers))).toMatch(/message_replayed/);
    for (let i = 0; i < 9; i += 1) await asks(unknown, {});
    expect(outcome(await asks(unknown, {}))).toBe('429 rate_limited');
  });

  it('need no word from an older server that knows nothing of them', async () => {
    const older = await extended('older.example');
    older.answers = () => undefined;
    await older.join(daemon);
    await older.called(LINK);
    await round();
    expect(await daemon.links()).toEqual({ 'older.example': 'anchor of us' });
  });
});
