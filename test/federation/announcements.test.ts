import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type ListedPeer, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('an announcement', (under) => {
  const federation = new Federation(under);
  let daemon: TestDaemon;
  let owner: Stranger;

  beforeAll(async () => {
    daemon = await federation.start('hub.example');
    owner = await federation.stranger('owner.example');
    await owner.join(daemon);
  });

  afterAll(() => federation.end());

  const at = (offsetMs: number): string => formatTimestamp(federation.clock.now() + offsetMs);
  const row = async (name: string): Promise<ListedPeer | undefined> =>
    (await daemon.peers('?include_blocked=true')).find((peer) => peer.server_id === name);

  it('of a newcomer is taken, whatever case its name is written in', async () => {
    const stranger = await federation.stranger('mixed.example');
    // The signature is over the name in lower case, whatever the wire shows.
    const text = announcementMessage.encode(await stranger.announcement());
    const answer = await stranger.say(daemon, 'announcement', text.replace('mixed.example', 'Mixed.EXAMPLE'));
    expect([answer.status, answer.body]).toEqual([200, { status: 'accepted' }]);
    await daemon.knows('mixed.example');
  });

  it('cannot take a name that is on file for another server', async () => {
    const thief = await federation.stranger('owner.example');
    const before = await row('owner.example');
    expect(outcome(await thief.announceTo(daemon))).toBe('409 name_taken');
    expect(outcome(await thief.announceTo(daemon, { serverId: 'OWNER.example' }))).toBe('409 name_taken');
    expect(await row('owner.example')).toEqual(before);
    expect((await daemon.route('owner.example')).endpoint_url).toBe(owner.endpoints.federation);
  });

  it('cannot take the name of the server that it is sent to', async () => {
    const thief = await federation.stranger('hub.example');
    expect(outcome(await thief.announceTo(daemon))).toBe('409 name_taken');
    expect(outcome(await owner.announceTo(daemon, { serverId: 'hub.example' }))).toBe('409 name_taken');
  });

  it('cannot claim the UUID of a known server with another key', async () => {
    const thief = await federation.stranger('thief.example');
    thief.serverUuid = owner.serverUuid;
    expect(outcome(await thief.announceTo(daemon))).toBe('403 key_mismatch');
    expect(outcome(await thief.announceTo(daemon, { serverId: 'owner.example' }))).toBe('403 key_mismatch');
    expect(await daemon.names()).not.toContain('thief.example');
  });

  it('cannot carry the key of a known server without its signature', async () => {
    const thief = await federation.stranger('thief.example');
    const copied = { serverUuid: owner.serverUuid, serverId: owner.serverId, publicKey: owner.publicKey };
    const before = await row('owner.example');
    expect(outcome(await thief.announceTo(daemon, copied))).toBe('403 signature_invalid');
    expect(outcome(await thief.announceTo(daemon, { publicKey: owner.publicKey }))).toBe(
      '403 signature_invalid',
    );
    expect(await row('owner.example')).toEqual(before);
  });

  it('that was changed on the way is refused', async () => {
    const stranger = await federation.stranger('changed.example');
    const { signature } = await stranger.announcement();
    expect(outcome(await stranger.announceTo(daemon, { signature }))).toBe('403 signature_invalid');
    expect(await daemon.names()).not.toContain('changed.example');
  });

  it('of our own server_uuid under another key is refused', async () => {
    const thief = await federation.stranger('twin.example');
    const { server_uuid } = await daemon.identity();
    expect(outcome(await thief.announceTo(daemon, { serverUuid: server_uuid }))).toBe('403 key_mismatch');
    expect(await row('twin.example')).toBeUndefined();
  });

  it('that comes a second time is answered well and changes nothing', async () => {
    const stranger = await federation.stranger('twice.example');
    // It does not answer, so nothing but the announcement itself could change its row.
    stranger.answers = () => ({ status: 500, body: '' });
    const text = announcementMessage.encode(await stranger.announcement());
    const first = await stranger.say(daemon, 'announcement', text);
    const before = await row('twice.example');
    federation.clock.advance(1000);
    const second = await stranger.say(daemon, 'announcement', text);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await row('twice.example')).toEqual(before);
    await stranger.announceTo(daemon);
    expect(await row('twice.example')).not.toEqual(before);
  });

  it('that is older than the one on file is refused', async () => {
    const stranger = await federation.stranger('older.example');
    stranger.answers = () => ({ status: 500, body: '' });
    const older = announcementMessage.encode(await stranger.announcement());
    const newer = announcementMessage.encode(await stranger.announcement({ endpoints: owner.endpoints }));
    expect((await stranger.say(daemon, 'announcement', newer)).status).toBe(200);
    expect(outcome(await stranger.say(daemon, 'announcement', older))).toBe('400 announcement_superseded');
    expect((await row('older.example'))?.endpoints).toEqual(owner.endpoints);
  });

  it.each([
    ['59 minutes ago', -59 * MINUTE_MS, '200'],
    ['61 minutes ago', -61 * MINUTE_MS, '400 announcement_expired'],
    ['4 minutes ahead', 4 * MINUTE_MS, '200'],
    ['6 minutes ahead', 6 * MINUTE_MS, '400 announcement_in_future'],
  ])('of %s is judged by its time', async (when, offsetMs, expected) => {
    const name = `${when.replaceAll(' ', '-')}.example`;
    const stranger = await federation.stranger(name);
    expect(outcome(await stranger.announceTo(daemon, { timestamp: at(offsetMs) }))).toBe(expected);
    expect((await daemon.names()).includes(name)).toBe(expected.startsWith('200'));
  });

  it.each([
    ['https://user:secret@elsewhere.example', '422 invalid_field'],
    ['http://10.1.2.3:1113', '422 endpoint_not_allowed'],
    ['http://169.254.169.254', '422 endpoint_not_allowed'],
    ['http://[::1]:1113', '422 endpoint_not_allowed'],
    ['http://167837955', '422 endpoint_not_allowed'],
  ])('that points to %s is refused', async (discovery, expected) => {
    const stranger = await federation.stranger('pointing.example');
    const endpoints = { discovery, federation: `${discovery}/api/v1/federation` };
    expect(outcome(await stranger.announceTo(daemon, { endpoints }))).toBe(expected);
    expect(await daemon.names()).not.toContain('pointing.example');
  });

  it('whose endpoints are of two origins is refused', async () => {
    const stranger = await federation.stranger('torn.example');
    const endpoints = { ...stranger.endpoints, federation: `${owner.url}/api/v1/federation` };
    expect(outcome(await stranger.announceTo(daemon, { endpoints }))).toBe('422 invalid_field');
  });

  it('from a blocked server is refused until it is unblocked', async () => {
    const stranger = await federation.stranger('blocked.example');
    await stranger.join(daemon);
    expect((await daemon.trust('blocked.example', 'blocked')).status).toBe(200);
    expect(outcome(await stranger.announceTo(daemon))).toBe('403 peer_blocked');
    expect(await daemon.names()).not.toContain('blocked.example');
    await daemon.trust('blocked.example', 'unknown');
    expect((await stranger.announceTo(daemon)).status).toBe(200);
    expect(await daemon.names()).toContain('blocked.example');
  });

  it('is our own at every minute anew, and always of the same identity', async () => {
    const first = await daemon.get('/api/v1/announcement');
    federation.clock.advance(MINUTE_MS);
    const second = await daemon.get('/api/v1/announcement');
    const { server_id, server_uuid } = await daemon.identity();
    expect(first.body).toMatchObject({ server_id, server_uuid });
    expect(second.body).toMatchObject({ server_id, server_uuid, public_key: first.body.public_key });
    expect(String(second.body.timestamp) > String(first.body.timestamp)).toBe(true);
  });
});
