import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('LATTICE_ADMISSION=allowlist', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let ada: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('hub.example', { LATTICE_ADMISSION: 'allowlist' });
    ada = await federation.stranger('ada.example');
  });

  afterEach(() => federation.end());

  const decide = (one: Stranger, verdict: string, body?: object): Promise<Answer> =>
    daemon.post(`/api/v1/admissions/${one.serverUuid}/${verdict}`, body);

  it('asks the operator, and admits whom he approves, once it answers', async () => {
    expect(await ada.joinAt(daemon)).toMatchObject({
      status: 202,
      body: { state: 'pending', retry_after: 3600 },
    });
    expect(outcome(await ada.announceTo(daemon))).toBe('200');
    expect(await daemon.peers('?active_only=false')).toEqual([]);
    expect(ada.calls).toEqual([]);
    expect((await daemon.admissions()).waiting).toMatchObject([
      {
        server_id: 'ada.example',
        server_uuid: ada.serverUuid,
        fingerprint: ada.fingerprint,
        state: 'asking',
      },
    ]);
    expect((await decide(ada, 'approve')).body).toMatchObject({
      server_id: 'ada.example',
      verdict: 'approved',
    });
    await daemon.knows('ada.example');
    const { waiting, decided } = await daemon.admissions();
    expect(waiting).toEqual([]);
    expect(decided).toMatchObject([{ server_uuid: ada.serverUuid, verdict: 'approved' }]);
  });

  it('keeps out whom the operator refuses, also after a restart, until he approves of it', async () => {
    await ada.joinAt(daemon);
    expect(outcome(await decide(ada, 'refuse'))).toBe('200');
    expect((await daemon.admissions()).waiting).toEqual([]);
    expect(outcome(await ada.joinAt(daemon))).toBe('403 not_admitted');
    daemon = await federation.restart(daemon, { LATTICE_ADMISSION: 'open' });
    expect(outcome(await ada.joinAt(daemon))).toBe('403 not_admitted');
    expect(outcome(await decide(ada, 'approve'))).toBe('404 unknown_peer');
    expect(outcome(await decide(ada, 'approve', { fingerprint: ada.fingerprint }))).toBe('200');
    expect(outcome(await ada.joinAt(daemon))).toBe('200');
    await daemon.knows('ada.example');
  });

  it('admits whom the operator approved before it came, under that key alone', async () => {
    const eve = await federation.stranger('eve.example');
    eve.serverUuid = ada.serverUuid;
    await decide(ada, 'approve', { fingerprint: ada.fingerprint });
    expect(outcome(await eve.joinAt(daemon))).toBe('202');
    expect(outcome(await ada.joinAt(daemon))).toBe('200');
  });

  it('does not guess which of two is meant that claim one server_uuid', async () => {
    const eve = await federation.stranger('eve.example');
    eve.serverUuid = ada.serverUuid;
    await eve.joinAt(daemon);
    await ada.joinAt(daemon);
    expect(outcome(await decide(ada, 'approve'))).toBe('422 invalid_field');
    expect(outcome(await decide(ada, 'approve', { fingerprint: ada.fingerprint }))).toBe('200');
    await daemon.knows('ada.example');
    expect(outcome(await eve.joinAt(daemon))).toBe('403 key_mismatch');
  });

  it('lets a block win over an approval', async () => {
    await decide(ada, 'approve', { fingerprint: ada.fingerprint });
    await ada.joinAt(daemon);
    await daemon.knows('ada.example');
    await daemon.trust('ada.example', 'blocked');
    expect(outcome(await ada.joinAt(daemon))).toBe('403 peer_blocked');
    expect(outcome(await decide(ada, 'approve', { fingerprint: ada.fingerprint }))).toBe('200');
    expect(outcome(await ada.joinAt(daemon))).toBe('403 peer_blocked');
  });

  it('forgets a question that nobody answered in a week', async () => {
    await ada.joinAt(daemon);
    federation.clock.advance(7 * 86_400_000 + 1);
    expect((await daemon.admissions()).waiting).toEqual([]);
    expect(outcome(await decide(ada, 'approve'))).toBe('404 unknown_peer');
  });
});

onEachDatabase('LATTICE_EXTENSIONS=off', (under) => {
  it('has no endpoint of the extension', async () => {
    const federation = new Federation(under);
    const daemon = await federation.start('old.example', { LATTICE_EXTENSIONS: 'off' });
    const ada = await federation.stranger('ada.example');
    expect(outcome(await ada.joinAt(daemon))).toBe('404 not_found');
    expect(outcome(await daemon.get('/api/v1/ext/challenge?nonce=0123456789abcdef'))).toBe('404 not_found');
    expect(outcome(await daemon.get('/.well-known/lattice'))).toBe('404 not_found');
    await ada.join(daemon);
    const { body } = await daemon.get('/api/v1/announcement');
    expect(body['capabilities']).toMatchObject({ supported_versions: ['1.0'] });
    await federation.end();
  });
});
