import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Federation } from '../support/federation.js';
import { databasesOf } from '../support/own-postgres.js';
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../support/postgres.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const server: PostgresServer | null = await startPostgres();
const UNAVAILABLE = '503 database_unavailable';

const title = `a daemon whose database is lost${server === null ? ` (skipped: ${NO_POSTGRES})` : ''}`;

describe.skipIf(server === null)(title, () => {
  let federation: Federation;
  let daemon: TestDaemon;
  let peer: Stranger;

  beforeAll(async () => {
    federation = new Federation(databasesOf(server!));
    daemon = await federation.start('hub.example');
    peer = await federation.stranger('peer.example');
    await peer.join(daemon);
  });

  afterAll(async () => {
    await federation.end();
    await server?.remove();
  });

  /** Whatever needs the database; each must fail with the one code while it is away. */
  const requests = (stranger: Stranger): readonly (readonly [string, () => Promise<Answer>])[] => [
    ['status', () => daemon.get('/status')],
    ['peers', () => daemon.get('/api/v1/peers')],
    ['announcement', () => stranger.announceTo(daemon)],
    ['peer_exchange', () => peer.exchangeWith(daemon, [])],
    ['route', () => daemon.post('/api/v1/route/peer.example')],
    ['query', () => peer.ask(daemon, 'peer.example')],
    ['verify', () => daemon.post(`/api/v1/domain/verify?domain=a.example&server_uuid=${peer.serverUuid}`)],
    ['trust', () => daemon.trust('peer.example', 'trusted')],
    ['cleanup', () => daemon.post('/api/v1/maintenance/cleanup')],
  ];

  it.each(['fast', 'crash'] as const)(
    'says so, changes nothing, and works again when it is back (%s)',
    async (how) => {
      const newcomer = await federation.stranger(`newcomer-${how}.example`);
      const before = await daemon.peers();
      await server!.stop(how);
      // What a count may be old by.
      federation.clock.advance(10_000);

      for (const [what, request] of requests(newcomer)) {
        expect(`${what}: ${outcome(await request())}`).toBe(`${what}: ${UNAVAILABLE}`);
      }
      expect((await daemon.get('/health')).body).toMatchObject({
        status: 'degraded',
        problems: ['the database cannot be reached'],
      });
      expect(outcome(await daemon.get('/api/v1/announcement'))).toBe('200');
      expect(outcome(await daemon.post('/api/v1/announce', { force: true }))).toBe('200');
      await expect(daemon.task('gossip-round')).rejects.toMatchObject({ code: 'database_unavailable' });

      await server!.start();
      for (let answer = UNAVAILABLE; answer !== '200';) {
        answer = outcome(await daemon.get('/api/v1/peers'));
        expect(['200', UNAVAILABLE]).toContain(answer);
      }
      expect(await daemon.peers()).toEqual(before);
      for (const [what, request] of requests(newcomer)) {
        expect(`${what}: ${outcome(await request())}`).toBe(`${what}: 200`);
      }
      await daemon.knows(newcomer.serverId);
      expect((await daemon.get('/health')).body).toMatchObject({ status: 'healthy', problems: [] });
      expect(await daemon.task('gossip-round')).toMatchObject({ failed: 0 });
      await daemon.trust('peer.example', 'unknown');
    },
  );

  it('keeps its old name and key where a change could not be written', async () => {
    const before = await daemon.identity();
    await server!.stop();
    expect(outcome(await daemon.post('/api/v1/identity/rotate-key', {}))).toBe(UNAVAILABLE);
    expect(
      outcome(await daemon.post('/api/v1/identity/revoke', { reason: '', confirm: 'permanently' })),
    ).toBe(UNAVAILABLE);
    await server!.start();
    while (outcome(await daemon.get('/api/v1/peers')) !== '200');
    expect((await daemon.get('/api/v1/announcement')).body).toMatchObject({ server_id: 'hub.example' });
    expect(await daemon.identity()).toEqual(before);
    expect(outcome(await daemon.post('/api/v1/identity/rotate-key', {}))).toBe('200');
    expect((await daemon.identity()).fingerprint).not.toBe(before.fingerprint);
  });
});
