import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { peerExchangeMessage } from '../../src/protocol/messages/peer-exchange.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { domainReply, QUERY, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('an exchange of peers', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let peer: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('hub.example');
    peer = await federation.stranger('peer.example');
    await peer.join(daemon);
  });

  afterEach(() => federation.end());

  const asked = (stranger: Stranger): string[] =>
    stranger.callsTo(QUERY).map(({ body }) => (JSON.parse(body) as { domain: string }).domain);
  /** Until all exchanges that were sent before are dealt with: they are, one after the other. */
  async function settled(): Promise<void> {
    const marker = await federation.stranger(`marker-${(await daemon.names()).length}.example`);
    await marker.join(daemon);
    await marker.exchangeWith(daemon, ['unheard-of.example']);
    await marker.called(QUERY);
  }

  it('is a sign of life of its sender, and no repetition is', async () => {
    const heard: string[] = [];
    daemon.events.on('peer.heartbeat', ({ serverUuid }) => void heard.push(serverUuid));
    const message = peerExchangeMessage.encode(await peer.exchange([]));
    expect(outcome(await peer.say(daemon, 'peer_exchange', message))).toBe('200');
    expect(heard).toEqual([peer.serverUuid]);
    expect(outcome(await peer.say(daemon, 'peer_exchange', message))).toBe('400 message_replayed');
    expect(outcome(await peer.exchangeWith(daemon, [], { signature: 'AAAA' }))).toBe('403 signature_invalid');
    expect(heard).toHaveLength(1);
  });

  it('leads to the servers that it names', async () => {
    const third = await federation.stranger('third.example');
    peer.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: 'third.example',
            endpoint_url: third.endpoints.federation,
          })
        : undefined;
    expect(outcome(await peer.exchangeWith(daemon, ['third.example']))).toBe('200');
    await daemon.knows('peer.example', 'third.example');
  });

  it('calls a victim once in ten minutes, however often peers point to it', async () => {
    const victim = await federation.stranger('victim.example');
    victim.answers = () => ({ status: 404, body: 'this is a web server' });
    peer.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: (JSON.parse(call.body) as { domain: string }).domain,
            endpoint_url: victim.endpoints.federation,
          })
        : undefined;
    await peer.exchangeWith(daemon, ['a.example', 'b.example', 'c.example']);
    await settled();
    const once = victim.calls.length;
    // The places where one announcement may be, and no more.
    expect(new Set(victim.calls.map(({ path }) => path)).size).toBe(once);
    federation.clock.advance(9 * MINUTE_MS);
    await peer.exchangeWith(daemon, ['d.example']);
    await settled();
    expect(victim.calls).toHaveLength(once);
    federation.clock.advance(10 * MINUTE_MS);
    await peer.exchangeWith(daemon, ['e.example']);
    await settled();
    expect(victim.calls).toHaveLength(2 * once);
  });

  it('of many names makes us look for five that we do not know, and never for the sender or ourselves', async () => {
    const known = ['peer.example', 'PEER.example', 'hub.example', 'not a name', ''];
    const unknown = Array.from({ length: 8 }, (_, i) => `unknown-${i}.example`);
    expect(outcome(await peer.exchangeWith(daemon, [...known, ...unknown]))).toBe('200');
    await settled();
    expect(asked(peer)).toEqual(unknown.slice(0, 5));
  });

  it('is acted upon once in a gossip interval', async () => {
    expect(outcome(await peer.exchangeWith(daemon, ['first.example']))).toBe('200');
    federation.clock.advance(MINUTE_MS);
    expect(outcome(await peer.exchangeWith(daemon, ['second.example']))).toBe('200');
    federation.clock.advance(10 * MINUTE_MS);
    expect(outcome(await peer.exchangeWith(daemon, ['third.example']))).toBe('200');
    await settled();
    expect(asked(peer)).toEqual(['first.example', 'third.example']);
  });

  it('of a server that we do not know is refused', async () => {
    const unknown = await federation.stranger('unknown.example');
    expect(outcome(await unknown.exchangeWith(daemon, ['a.example']))).toBe('404 unknown_peer');
    await unknown.join(daemon);
    expect(outcome(await unknown.exchangeWith(daemon, ['a.example']))).toBe('200');
  });

  it('is refused when it comes again, or after a later one', async () => {
    const first = peerExchangeMessage.encode(await peer.exchange(['a.example']));
    const second = peerExchangeMessage.encode(await peer.exchange(['b.example']));
    expect(outcome(await peer.say(daemon, 'peer_exchange', second))).toBe('200');
    expect(outcome(await peer.say(daemon, 'peer_exchange', second))).toBe('400 message_replayed');
    expect(outcome(await peer.say(daemon, 'peer_exchange', first))).toBe('400 message_replayed');
    federation.clock.advance(20 * MINUTE_MS);
    expect(outcome(await peer.say(daemon, 'peer_exchange', second))).toBe('400 message_replayed');
    await settled();
    expect(asked(peer)).toEqual(['b.example']);
  });

  it('is judged by its time: no older than an hour, no more than five minutes ahead', async () => {
    for (const [minutes, expected] of [
      [-61, '400 message_expired'],
      [-59, '200'],
      [4, '200'],
      [6, '400 message_in_future'],
    ] as const) {
      const timestamp = formatTimestamp(federation.clock.now() + minutes * MINUTE_MS);
      expect(outcome(await peer.exchangeWith(daemon, [], { timestamp }))).toBe(expected);
    }
  });

  it('signed by another is refused, and the true one is still taken', async () => {
    const thief = await federation.stranger('thief.example');
    await thief.join(daemon);
    expect(outcome(await thief.exchangeWith(daemon, [], { fromServer: 'peer.example' }))).toBe(
      '403 signature_invalid',
    );
    expect(outcome(await peer.exchangeWith(daemon, []))).toBe('200');
  });

  it('cannot bring in a server under the name of another', async () => {
    const impostor = await federation.stranger('impostor.example');
    peer.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: 'wanted.example',
            endpoint_url: impostor.endpoints.federation,
          })
        : undefined;
    await peer.exchangeWith(daemon, ['wanted.example']);
    await settled();
    expect(impostor.calls.length).toBeGreaterThan(0);
    const names = await daemon.names();
    expect(names).not.toContain('wanted.example');
    expect(names).not.toContain('impostor.example');
  });

  it('goes out with every round, with the names of those that answered us', async () => {
    const mute = await federation.stranger('mute.example');
    mute.answers = () => ({ status: 500, body: '' });
    await mute.announceTo(daemon);
    const second = await federation.stranger('second.example');
    await second.join(daemon);
    await daemon.task('gossip-round');
    const sent = second.calls
      .filter(({ path }) => path === '/api/v1/gossip/receive')
      .map(({ body }) => JSON.parse(body) as { message_type: string; payload: { peers?: string[] } })
      .filter(({ message_type }) => message_type === 'peer_exchange');
    expect(sent.at(-1)?.payload.peers?.sort()).toEqual(['peer.example', 'second.example']);
  });
});
