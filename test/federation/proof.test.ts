import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { admitting, MODES } from '../support/admitting.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { ANNOUNCEMENT, RECEIVE, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('a server that announces itself', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('hub.example');
  });

  afterEach(() => federation.end());

  const silent = (stranger: Stranger): void => {
    stranger.answers = () => ({ status: 500, body: '' });
  };

  it('is a neighbour and a route once it has answered at the place that it names', async () => {
    const honest = await federation.stranger('honest.example');
    await honest.join(daemon);
    expect(await daemon.neighbors()).toEqual(['honest.example']);
    expect(await daemon.route('honest.example')).toMatchObject({ found: true, confidence: 1 });
    await honest.called(RECEIVE, 2);
    const kinds = honest
      .callsTo(RECEIVE)
      .map(({ body }) => (JSON.parse(body) as { message_type: string }).message_type);
    expect(kinds).toEqual(['announcement', 'peer_exchange']);
  });

  it.each(MODES)(
    'is listed in mode %s, but neither neighbour nor route, while it does not answer',
    async (mode) => {
      daemon = await federation.start('own.example', ...admitting(mode, 'mute.example'));
      if (mode === 'bootstrap-only') {
        const other = await federation.stranger('other.example');
        expect(outcome(await other.announceTo(daemon))).toBe('403 not_admitted');
      }
      const mute = await federation.stranger('mute.example');
      silent(mute);
      expect(outcome(await mute.announceTo(daemon))).toBe('200');
      await mute.called(ANNOUNCEMENT);
      await daemon.task('update-neighbors');
      expect(await daemon.names()).toEqual(['mute.example']);
      expect(await daemon.neighbors()).toEqual([]);
      expect(await daemon.route('mute.example')).toMatchObject({ found: false });
      expect(await daemon.task('gossip-round')).toEqual({ sent: 0, failed: 0 });

      mute.answers = () => undefined;
      federation.clock.advance(11 * MINUTE_MS);
      await daemon.task('update-neighbors');
      expect(await daemon.neighbors()).toEqual(['mute.example']);
      expect(await daemon.route('mute.example')).toMatchObject({ found: true });
    },
  );

  it('is not proven by the announcement of another that its place answers with', async () => {
    const honest = await federation.stranger('honest.example');
    const liar = await federation.stranger('liar.example');
    await liar.announceTo(daemon, { endpoints: honest.endpoints });
    await daemon.knows('honest.example');
    await daemon.task('update-neighbors');
    expect(await daemon.names()).toEqual(['honest.example', 'liar.example']);
    expect(await daemon.neighbors()).toEqual(['honest.example']);
    expect(await daemon.route('liar.example')).toMatchObject({ found: false });
  });

  it('is not proven by its own announcement with other endpoints, an old one, or a forged one', async () => {
    const odd = await federation.stranger('odd.example');
    const other = await federation.stranger('other.example');
    const wrong = [
      () => odd.announcement({ endpoints: other.endpoints }),
      async () => ({
        ...(await odd.announcement()),
        signature: (await other.announcement()).signature,
      }),
      () => odd.announcement({ timestamp: formatTimestamp(federation.clock.now() - 61 * MINUTE_MS) }),
    ];
    for (const answer of wrong) {
      odd.answers = async ({ path }) => (path === ANNOUNCEMENT ? odd.showing(await answer()) : undefined);
      await odd.announceTo(daemon);
      federation.clock.advance(11 * MINUTE_MS);
      await daemon.task('update-neighbors');
      expect(await daemon.neighbors()).not.toContain('odd.example');
    }
    odd.answers = () => undefined;
    await odd.announceTo(daemon);
    federation.clock.advance(11 * MINUTE_MS);
    await daemon.task('update-neighbors');
    expect(await daemon.neighbors()).toContain('odd.example');
  });

  it('cannot make us call a victim more than once in ten minutes, whoever names it', async () => {
    const victim = await federation.stranger('victim.example');
    silent(victim);
    const names = ['n1.example', 'n2.example', 'n3.example', 'n4.example'];
    for (const name of names) {
      const newcomer = await federation.stranger(name);
      expect(outcome(await newcomer.announceTo(daemon, { endpoints: victim.endpoints }))).toBe('200');
    }
    await victim.called(ANNOUNCEMENT);
    await daemon.task('update-neighbors');
    await daemon.route('n1.example');
    expect(await daemon.names()).toEqual(names);
    expect(victim.calls).toHaveLength(1);

    federation.clock.advance(11 * MINUTE_MS);
    await daemon.task('update-neighbors');
    expect(victim.calls).toHaveLength(2);
  });

  it('cannot make us ask a victim for names either, before the victim has answered us', async () => {
    const victim = await federation.stranger('victim.example');
    silent(victim);
    const liar = await federation.stranger('liar.example');
    await liar.announceTo(daemon, { endpoints: victim.endpoints });
    await victim.called(ANNOUNCEMENT);
    expect(outcome(await liar.exchangeWith(daemon, ['a.example', 'b.example', 'c.example']))).toBe('200');

    const honest = await federation.stranger('honest.example');
    await honest.join(daemon);
    await honest.exchangeWith(daemon, ['d.example']);
    await honest.called('/api/v1/domain/query');
    expect(victim.calls).toHaveLength(1);
  });

  it('must answer again where it says that it moved to', async () => {
    const mover = await federation.stranger('mover.example');
    await mover.join(daemon);
    const nowhere = await federation.stranger('nowhere.example');
    silent(nowhere);
    expect(outcome(await mover.announceTo(daemon, { endpoints: nowhere.endpoints }))).toBe('200');
    await nowhere.called(ANNOUNCEMENT);
    expect(await daemon.route('mover.example')).toMatchObject({ found: false });
    expect(await daemon.task('gossip-round')).toEqual({ sent: 0, failed: 0 });

    const proven = daemon.once('peer.changed', ({ change }) => change === 'proven');
    expect(outcome(await mover.announceTo(daemon))).toBe('200');
    await proven;
    expect(await daemon.route('mover.example')).toMatchObject({
      found: true,
      endpoint_url: mover.endpoints.federation,
    });
  });

  it('that is down fails a round, stays listed, and is told again when it is back', async () => {
    const flaky = await federation.stranger('flaky.example');
    await flaky.join(daemon);
    await flaky.stop();
    expect(await daemon.task('gossip-round')).toEqual({ sent: 0, failed: 1 });
    expect(await daemon.neighbors()).toEqual(['flaky.example']);
    await flaky.listen();
    expect(await daemon.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
  });
});
