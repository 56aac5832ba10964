import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SignatureVerifier } from '../../src/platform/keys.js';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { parseJson } from '../../src/protocol/json.js';
import { domainQueryMessage } from '../../src/protocol/messages/domain-query.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { domainReply, QUERY, type Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('a domain query', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let asker: Stranger;
  let neighbor: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('hub.example');
    asker = await federation.stranger('asker.example');
    neighbor = await federation.stranger('neighbor.example');
    await asker.join(daemon);
    await neighbor.join(daemon);
    neighbor.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: 'far.example',
            endpoint_url: 'http://far.example/federation',
          })
        : undefined;
  });

  afterEach(() => federation.end());

  it('for ourselves, for a peer and for nobody is answered from what we know', async () => {
    // The signature is over the domain in lower case, whatever the wire shows.
    const query = domainQueryMessage.encode(await asker.query('hub.example'));
    const own = await daemon.post(QUERY, query.replace('"domain": "hub', '"domain": "HUB'));
    const { server_id, endpoint_url, found, hop_count, confidence, domain } = own.body;
    expect({ server_id, endpoint_url, found, hop_count, confidence, domain }).toEqual({
      server_id: 'hub.example',
      endpoint_url: `${daemon.url}/api/v1/federation`,
      found: true,
      hop_count: 0,
      confidence: 1,
      domain: 'hub.example',
    });
    const peer = await asker.ask(daemon, 'neighbor.example', { maxHops: 1 });
    expect(peer.body).toMatchObject({ found: true, endpoint_url: neighbor.endpoints.federation });
    expect((await asker.ask(daemon, 'far.example', { maxHops: 1 })).body).toMatchObject({ found: false });
    expect(neighbor.callsTo(QUERY)).toEqual([]);
  });

  it('is passed on under our own name and signature, one hop less, and never back to the asker', async () => {
    const queryId = randomUUID();
    const answer = await asker.ask(daemon, 'far.example', { queryId, maxHops: 3 });
    expect(answer.body).toMatchObject({
      query_id: queryId,
      found: true,
      server_id: 'far.example',
      endpoint_url: 'http://far.example/federation',
      hop_count: 1,
      confidence: 0.9,
    });
    expect(asker.callsTo(QUERY)).toEqual([]);
    const passed = neighbor.callsTo(QUERY).map(({ body }) => domainQueryMessage.decode(parseJson(body)));
    expect(passed).toMatchObject([{ queryId, domain: 'far.example', requester: 'hub.example', maxHops: 2 }]);
    const { publicKey } = daemon.daemon.identity.self;
    const text = domainQueryMessage.signingText(passed[0]!);
    expect(await new SignatureVerifier().verify(publicKey, text, passed[0]!.signature!)).toBe(true);
  });

  it('is passed on where others alone told us of the server, which nobody here has proved', async () => {
    const far = await federation.extendedStranger('far.example');
    expect(await broughtTo(daemon, await recordOf(far))).toBe('taken');
    const answer = await asker.ask(daemon, 'far.example', { maxHops: 3 });
    expect(answer.body).toMatchObject({ found: true, endpoint_url: 'http://far.example/federation' });
    expect(far.calls).toEqual([]);
  });

  it('is passed on over four hops at most', async () => {
    await asker.ask(daemon, 'far.example', { maxHops: 10 });
    expect(JSON.parse(neighbor.callsTo(QUERY)[0]!.body)).toMatchObject({ max_hops: 4 });
    expect(outcome(await asker.ask(daemon, 'far.example', { maxHops: 10 }))).toBe('200');
    const text = domainQueryMessage
      .encode(await asker.query('far.example'))
      .replace('"max_hops": 5', '"max_hops": 11');
    expect(outcome(await daemon.post(QUERY, text))).toBe('422 invalid_field');
  });

  it('that was seen before is answered once', async () => {
    const text = domainQueryMessage.encode(await asker.query('far.example'));
    expect((await daemon.post(QUERY, text)).body).toMatchObject({ found: true });
    const again = await daemon.post(QUERY, text);
    expect([again.status, again.body.found]).toEqual([200, false]);
    expect(neighbor.callsTo(QUERY)).toHaveLength(1);

    const other = domainQueryMessage.encode(await asker.query('far.example'));
    const together = await Promise.all([1, 2, 3, 4].map(() => daemon.post(QUERY, other)));
    expect(together.filter(({ body }) => body.found)).toHaveLength(1);
    expect(neighbor.callsTo(QUERY)).toHaveLength(2);
  });

  it('is judged by its time: within five minutes either way', async () => {
    for (const [minutes, expected] of [
      [-6, '400 message_expired'],
      [6, '400 message_in_future'],
      [-4, '200'],
      [4, '200'],
    ] as const) {
      const timestamp = formatTimestamp(federation.clock.now() + minutes * MINUTE_MS);
      expect(outcome(await asker.ask(daemon, 'far.example', { timestamp }))).toBe(expected);
    }
    expect(neighbor.callsTo(QUERY)).toHaveLength(2);
  });

  it('without a signature, or of somebody unknown, is answered from what we know and never passed on', async () => {
    const unknown = await federation.stranger('unknown.example');
    const ways = [
      (domain: string) => asker.ask(daemon, domain, { signature: null }),
      (domain: string) => unknown.ask(daemon, domain),
    ];
    for (const ask of ways) {
      expect((await ask('neighbor.example')).body).toMatchObject({ found: true });
      expect((await ask('far.example')).body).toMatchObject({ found: false });
    }
    expect(neighbor.callsTo(QUERY)).toEqual([]);
    expect((await asker.ask(daemon, 'far.example')).body).toMatchObject({ found: true });
    expect(neighbor.callsTo(QUERY)).toHaveLength(1);
  });

  it('in the name of a peer that did not sign it is refused', async () => {
    const thief = await federation.stranger('thief.example');
    const queryId = randomUUID();
    const asThat = { requester: 'asker.example', queryId };
    expect(outcome(await thief.ask(daemon, 'far.example', asThat))).toBe('403 signature_invalid');
    expect(neighbor.callsTo(QUERY)).toEqual([]);
    // Nor does it use up the id of a query that the peer itself may send.
    expect((await asker.ask(daemon, 'far.example', { queryId })).body).toMatchObject({ found: true });
  });

  it('is a sign of life of whoever signed it, and no repetition is', async () => {
    const heard: string[] = [];
    daemon.events.on('peer.heartbeat', ({ serverUuid }) => {
      if (serverUuid === asker.serverUuid) heard.push(serverUuid);
    });
    const queryId = randomUUID();
    for (let i = 0; i < 2; i += 1) await asker.ask(daemon, 'neighbor.example', { queryId });
    expect(heard).toHaveLength(1);
    await asker.ask(daemon, 'neighbor.example', { signature: null });
    expect(heard).toHaveLength(1);
  });

  it('of a blocked peer is refused until it is unblocked', async () => {
    await daemon.trust('asker.example', 'blocked');
    expect(outcome(await asker.ask(daemon, 'far.example'))).toBe('403 peer_blocked');
    await daemon.trust('asker.example', 'unknown');
    expect((await asker.ask(daemon, 'far.example')).body).toMatchObject({ found: true });
  });

  it('for a server that has yet to answer us is passed on, as for one unknown', async () => {
    const mute = await federation.stranger('mute.example');
    mute.answers = () => ({ status: 500, body: '' });
    await mute.announceTo(daemon);
    expect((await asker.ask(daemon, 'mute.example')).body).toMatchObject({ found: false });
    expect(neighbor.callsTo(QUERY)).toHaveLength(1);
  });

  it('for a server that is blocked finds nothing and is not passed on', async () => {
    const shunned = await federation.stranger('shunned.example');
    await shunned.join(daemon);
    expect((await asker.ask(daemon, 'shunned.example')).body).toMatchObject({ found: true });
    await daemon.trust('shunned.example', 'blocked');
    expect((await asker.ask(daemon, 'shunned.example')).body).toMatchObject({ found: false });
    expect(neighbor.callsTo(QUERY)).toEqual([]);
  });
});
