import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { DAY_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const revoke = (daemon: TestDaemon): Promise<Answer> =>
  daemon.post('/api/v1/identity/revoke', { reason: 'the key was stolen', confirm: 'permanently' });

onEachDatabase('a revoked identity', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  it('is at an end everywhere, and nothing that it signs later undoes that', async () => {
    const [owner, ...others] = await federation.meet(
      'a.example',
      'b.example',
      'c.example',
      'd.example',
      'e.example',
    );
    const thief = await federation.impostor(owner!);
    const next = await federation.keys.next();

    const answer = await revoke(owner!);
    await owner!.task('deliver-statements');
    expect(answer.status).toBe(200);
    expect(answer.body.revoked_at).toBeTypeOf('string');

    for (const other of others) {
      expect(outcome(await thief.announceTo(other))).toBe('403 identity_revoked');
      expect(outcome(await thief.announceTo(other, { serverId: 'phoenix.example' }))).toBe(
        '403 identity_revoked',
      );
      expect(outcome(await thief.rotateAt(other, next))).toBe('403 identity_revoked');
      expect(outcome(await thief.exchangeWith(other, []))).toBe('403 identity_revoked');
      expect(outcome(await thief.ask(other, 'hub.example'))).toBe('403 identity_revoked');
      expect(outcome(await thief.revokeAt(other))).toBe('200');
      expect(await other.route('a.example')).toMatchObject({ found: false, endpoint_url: null });
      expect(await other.names()).not.toContain('a.example');
      const listed = (await other.peers('?include_blocked=true')).find(
        (peer) => peer.server_id === 'a.example',
      );
      expect(listed).toMatchObject({ trust_status: 'revoked', is_neighbor: false });
      expect(outcome(await other.trust('a.example', 'trusted'))).toBe('404 unknown_peer');
    }
  });

  it('stays so over restarts on both sides, and when its row is long gone', async () => {
    const [owner, other] = await federation.meet('a.example', 'b.example');
    const thief = await federation.impostor(owner!);
    await revoke(owner!);
    await owner!.task('deliver-statements');

    const ended = await federation.restart(owner!, { LATTICE_SERVER_ID: 'reborn.example' });
    const witness = await federation.restart(other!);
    expect(await ended.identity()).toMatchObject({ server_id: 'a.example' });
    expect(outcome(await ended.get('/api/v1/announcement'))).toBe('404 own_identity_revoked');
    expect(outcome(await thief.announceTo(witness))).toBe('403 identity_revoked');

    federation.clock.advance(91 * DAY_MS);
    await witness.task('cleanup');
    expect(await witness.peers('?active_only=false&include_blocked=true')).toEqual([]);
    expect(outcome(await thief.announceTo(witness))).toBe('403 identity_revoked');
    const successor = await federation.stranger('a.example');
    expect(outcome(await successor.announceTo(witness))).toBe('200');
  });

  it('says no more of itself: no announcement, round, new key or second end', async () => {
    const [owner] = await federation.meet('a.example', 'b.example');
    expect(await owner!.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
    await revoke(owner!);
    expect(outcome(await owner!.get('/api/v1/announcement'))).toBe('404 own_identity_revoked');
    expect(await owner!.task('gossip-round')).toEqual({ sent: 0, failed: 0 });
    federation.clock.advance(120_000);
    expect(await owner!.task('probe-neighbors')).toBeNull();
    expect(await owner!.task('compare-directories')).toBeNull();
    expect(outcome(await owner!.post('/api/v1/identity/rotate-key', {}))).toBe('404 own_identity_revoked');
    expect(outcome(await revoke(owner!))).toBe('404 own_identity_revoked');
    expect(await owner!.route('a.example')).toMatchObject({ found: false });
    expect(await owner!.route('b.example')).toMatchObject({ found: true });
    const { body } = await owner!.get('/health');
    expect(body).toMatchObject({ status: 'degraded', problems: ['the identity of this server is revoked'] });
  });

  it('reaches a peer that was down when it ended', async () => {
    const [owner, other] = await federation.meet('a.example', 'b.example');
    const thief = await federation.impostor(owner!);
    await federation.stop(other!);
    await revoke(owner!);
    await owner!.task('deliver-statements');
    const back = await federation.startAgain(other!);
    expect(outcome(await thief.announceTo(back))).toBe('200');
    federation.clock.advance(120_000);
    await owner!.task('deliver-statements');
    expect(outcome(await thief.announceTo(back))).toBe('403 identity_revoked');
  });

  it('that nobody but others told of closes no UUID: its owner announces himself once it is gone', async () => {
    const daemon = await federation.start('b.example');
    const victim = await federation.stranger('victim.example');
    const thief = await federation.stranger('thief.example');
    thief.serverUuid = victim.serverUuid;
    expect(await broughtTo(daemon, await recordOf(thief))).toBe('taken');
    expect(outcome(await thief.revokeAt(daemon))).toBe('200');
    expect(outcome(await thief.revokeAt(daemon))).toBe('200');
    expect(outcome(await thief.announceTo(daemon))).toBe('403 identity_revoked');
    expect((await daemon.get('/api/v1/peers/thief.example')).body).toMatchObject({
      trust_status: 'revoked',
      revocation: { reason: 'the key was stolen' },
    });

    federation.clock.advance(91 * DAY_MS);
    await daemon.task('cleanup');
    expect(outcome(await thief.announceTo(daemon))).toMatch(/^4/);
    expect(outcome(await victim.announceTo(daemon))).toBe('200');
    await daemon.knows('victim.example');
    const database = daemon.daemon.app.get(Database, { strict: false });
    expect(await database.query('SELECT server_uuid FROM revocations')).toEqual([]);
  });

  it('ends by its own key alone, and only when the operator says so in full', async () => {
    const [owner, other] = await federation.meet('a.example', 'b.example');
    const thief = await federation.stranger('thief.example');
    thief.serverUuid = (await owner!.identity()).server_uuid;
    expect(outcome(await thief.revokeAt(other!, { serverId: 'a.example' }))).toBe('403 signature_invalid');
    expect(outcome(await owner!.post('/api/v1/identity/revoke', { reason: 'oops' }))).toBe(
      '422 invalid_field',
    );
    expect(await other!.neighbors()).toEqual(['a.example']);
    expect(outcome(await owner!.announceTo(other!))).toBe('200');
  });
});
