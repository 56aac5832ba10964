import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { domainQueryMessage } from '../../src/protocol/messages/domain-query.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { QUERY, type Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('a limit', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
    federation.clock.standStill();
  });

  afterEach(() => federation.end());

  const forwardedFor = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
  const peer = async (name: string, daemon: TestDaemon): Promise<Stranger> => {
    const stranger = await federation.stranger(name);
    await stranger.join(daemon);
    return stranger;
  };

  it('lets sixty newcomers an hour come from one network, and those of others come all the same', async () => {
    const daemon = await federation.start('hub.example');
    const crowd = await federation.stranger('crowd.example');
    crowd.answers = () => ({ status: 500, body: '' });
    const known = await peer('known.example', daemon);
    let count = 0;
    const newcomer = async (address: string): Promise<Answer> => {
      count += 1;
      const identity = { serverUuid: randomUUID(), serverId: `n${count}.example` };
      const text = announcementMessage.encode(await crowd.announcement(identity));
      return crowd.say(daemon, 'announcement', text, forwardedFor(address));
    };
    for (let host = 1; host <= 60; host += 1)
      expect(outcome(await newcomer(`203.0.113.${host}`))).toBe('200');

    const refused = await newcomer('203.0.113.200');
    expect(outcome(refused)).toBe('429 newcomer_limit');
    expect(refused.headers.get('retry-after')).toBe('3600');
    expect(await daemon.names()).not.toContain(`n${count}.example`);
    expect(outcome(await newcomer('203.0.114.1'))).toBe('200');
    const again = announcementMessage.encode(await known.announcement());
    expect(outcome(await known.say(daemon, 'announcement', again, forwardedFor('203.0.113.9')))).toBe('200');

    federation.clock.advance(60 * MINUTE_MS);
    expect(outcome(await newcomer('203.0.113.200'))).toBe('200');
  });

  it('of one source refuses its requests, not those of others or of the operator', async () => {
    const daemon = await federation.start('hub.example', { LATTICE_SOURCE_RATE_LIMIT: '5' });
    const ask = (address: string): Promise<Answer> => daemon.get('/status', forwardedFor(address));
    for (let i = 0; i < 5; i += 1) expect(outcome(await ask('198.51.100.1'))).toBe('200');
    const refused = await ask('198.51.100.1');
    expect(outcome(refused)).toBe('429 rate_limited');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(outcome(await ask('198.51.100.2'))).toBe('200');
    for (let i = 0; i < 10; i += 1) expect(outcome(await daemon.get('/api/v1/peers'))).toBe('200');
    federation.clock.advance(MINUTE_MS);
    expect(outcome(await ask('198.51.100.1'))).toBe('200');
  });

  it('of one peer refuses what it signs, not what others sign', async () => {
    const daemon = await federation.start('hub.example', { LATTICE_PEER_RATE_LIMIT: '3' });
    const [busy, other] = [await peer('busy.example', daemon), await peer('other.example', daemon)];
    for (let i = 0; i < 3; i += 1) expect(outcome(await busy.ask(daemon, 'hub.example'))).toBe('200');
    const refused = await busy.ask(daemon, 'hub.example');
    expect(outcome(refused)).toBe('429 rate_limited');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(outcome(await busy.exchangeWith(daemon, []))).toBe('429 rate_limited');
    expect(outcome(await busy.announceTo(daemon))).toBe('200');
    expect(outcome(await other.ask(daemon, 'hub.example'))).toBe('200');
    federation.clock.advance(MINUTE_MS);
    expect(outcome(await busy.ask(daemon, 'hub.example'))).toBe('200');
  });

  it('of a peer is not used up by what others say in its name, or say again', async () => {
    const daemon = await federation.start('hub.example', { LATTICE_PEER_RATE_LIMIT: '3' });
    const [victim, thief] = [await peer('victim.example', daemon), await peer('thief.example', daemon)];
    const announced = announcementMessage.encode(await victim.announcement());
    const query = domainQueryMessage.encode(await victim.query('hub.example'));
    const asThat = { fromServer: 'victim.example' };
    for (let i = 0; i < 5; i += 1) {
      expect(outcome(await thief.ask(daemon, 'hub.example', { requester: 'victim.example' }))).toBe(
        '403 signature_invalid',
      );
      expect(outcome(await thief.exchangeWith(daemon, [], asThat))).toBe('403 signature_invalid');
      expect(outcome(await thief.say(daemon, 'announcement', announced))).toBe('200');
      expect(outcome(await daemon.post(QUERY, query))).toBe('200');
    }
    // The query alone was its own, once.
    expect(outcome(await victim.ask(daemon, 'hub.example'))).toBe('200');
    expect(outcome(await victim.ask(daemon, 'hub.example'))).toBe('200');
    expect(outcome(await victim.ask(daemon, 'hub.example'))).toBe('429 rate_limited');
  });
});
