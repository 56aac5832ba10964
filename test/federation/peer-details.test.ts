import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_MS } from '../../src/protocol/durations.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('the operator who asks about one server', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let peer: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    federation.clock.standStill();
    daemon = await federation.start('hub.example');
    peer = await federation.stranger('a.example');
  });

  afterEach(() => federation.end());

  const ask = (name: string): Promise<Answer> => daemon.get(`/api/v1/peers/${name}`);
  const now = (): string => formatTimestamp(federation.clock.now());

  it('sees who it is, where it is, and when it was heard of', async () => {
    const joined = now();
    await peer.join(daemon);
    federation.clock.advance(DAY_MS);
    await peer.announceTo(daemon);
    const { status, body } = await ask('A.Example');
    expect(status).toBe(200);
    expect(body).toEqual({
      server_id: 'a.example',
      server_uuid: peer.serverUuid,
      fingerprint: peer.fingerprint,
      first_fingerprint: peer.fingerprint,
      endpoints: peer.endpoints,
      trust_status: 'unknown',
      blocked_until: null,
      is_neighbor: true,
      neighbor_since: joined,
      first_seen: joined,
      last_seen: now(),
      announced_at: now(),
      proven_at: joined,
      last_exchange: null,
      previous_keys: [],
      reserved_names: [],
      revocation: null,
      introduced_by: null,
      speaks_extension: false,
      claims: [],
      pending_deliveries: [],
      state: null,
      state_since: null,
      last_heard: null,
      seen_by_it: null,
    });
  });

  it('sees its former keys and names, the latest first, and when it sent an exchange', async () => {
    await peer.join(daemon);
    const keys = [peer.fingerprint];
    for (let i = 0; i < 2; i += 1) {
      const next = await federation.keys.next();
      federation.clock.advance(1_000);
      expect(outcome(await peer.rotateAt(daemon, next))).toBe('200');
      peer.useKeys(next);
      keys.push(peer.fingerprint);
    }
    federation.clock.advance(1_000);
    await peer.exchangeWith(daemon, []);
    peer.serverId = 'b.example';
    expect(outcome(await peer.announceTo(daemon))).toBe('200');
    const { body } = await ask('b.example');
    expect(body).toMatchObject({ fingerprint: keys[2], first_fingerprint: keys[0] });
    expect(body['previous_keys']).toMatchObject([
      { old_fingerprint: keys[1], new_fingerprint: keys[2] },
      { old_fingerprint: keys[0], new_fingerprint: keys[1] },
    ]);
    expect(body['reserved_names']).toMatchObject([{ server_id: 'a.example' }]);
    expect(body['last_exchange']).toBeTypeOf('string');
    federation.clock.advance(91 * DAY_MS);
    expect((await ask('b.example')).body['reserved_names']).toEqual([]);
  });

  it('sees what of ours it has yet to take', async () => {
    await peer.join(daemon);
    await peer.stop();
    await daemon.post('/api/v1/identity/rotate-key', { reason: 'upgrade' });
    await daemon.task('deliver-statements');
    const pending = (await ask('a.example')).body['pending_deliveries'] as Record<string, unknown>[];
    expect(pending).toMatchObject([{ kind: 'key_rotation', attempts: 1 }]);
    expect(Date.parse(String(pending[0]!['next_attempt']))).toBeGreaterThan(federation.clock.now());
    federation.clock.advance(DAY_MS);
    await peer.listen();
    await daemon.task('deliver-statements');
    expect((await ask('a.example')).body['pending_deliveries']).toEqual([]);
  });

  it('sees that it is blocked, or ended its identity and why', async () => {
    await peer.join(daemon);
    await daemon.trust('a.example', 'blocked');
    expect((await ask('a.example')).body).toMatchObject({ trust_status: 'blocked', is_neighbor: false });
    expect(outcome(await peer.revokeAt(daemon, { reason: 'lost \u001b[2J' }))).toBe('200');
    expect((await ask('a.example')).body).toMatchObject({
      trust_status: 'revoked',
      revocation: { reason: 'lost \u001b[2J', revoked_at: expect.any(String) as string },
    });
  });

  it('is told that a name is unknown, or none at all; and nobody else is told anything', async () => {
    expect(outcome(await ask('nobody.example'))).toBe('404 unknown_peer');
    expect(outcome(await ask('no%20name'))).toBe('422 invalid_field');
    const outside = await daemon.get('/api/v1/peers/a.example', { 'x-forwarded-for': '198.51.100.7' });
    expect(outcome(outside)).toBe('403 not_allowed');
  });
});
