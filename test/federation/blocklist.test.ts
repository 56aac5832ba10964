import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { DAY_MS } from '../../src/protocol/durations.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { admitting, MODES } from '../support/admitting.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { VIEW } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('the blocklist', (under) => {
  let federation: Federation;
  let hub: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(under);
    hub = await federation.start('hub.example');
  });

  afterEach(() => federation.end());

  const database = (): Database => hub.daemon.app.get(Database, { strict: false });

  async function block(kind: string, identifier: string, expiresAt: number | null = null): Promise<void> {
    const end = expiresAt === null ? null : formatTimestamp(expiresAt);
    await database().query(`INSERT INTO blocklist VALUES ($1, $2, 'spam', now(), $3)`, [
      kind,
      identifier,
      end,
    ]);
  }

  it.each(MODES)('keeps out whom mode %s admits: by name, UUID, key and domain', async (mode) => {
    const names = ['a.bad.example', 'by-name.example', 'renamed.example', 'good.example'];
    hub = await federation.start('own.example', ...admitting(mode, ...names));
    const other = await federation.stranger('a.bad.example');
    await block('server', 'by-name.example');
    await block('server', other.serverUuid);
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
    const byName = await federation.stranger('by-name.example');
    expect(outcome(await byName.announceTo(hub))).toBe('403 peer_blocked');
    const welcome = await federation.stranger('good.example');
    expect(outcome(await welcome.announceTo(hub))).toBe('200');

    await database().query('DELETE FROM blocklist');
    await block('domain', 'bad.example');
    await block('fingerprint', byName.fingerprint);
    // What is changed beside the daemon counts within a minute.
    federation.clock.advance(61_000);
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
    expect(outcome(await byName.announceTo(hub, { serverId: 'renamed.example' }))).toBe('403 peer_blocked');
    expect((await hub.names()).sort()).toEqual(['good.example']);
  });

  it('does not let a server on file take a blocked name', async () => {
    await block('domain', 'bad.example');
    const other = await federation.stranger('fine.example');
    expect(outcome(await other.announceTo(hub))).toBe('200');
    expect(outcome(await other.announceTo(hub, { serverId: 'now.bad.example' }))).toBe('403 peer_blocked');
  });

  it('lets in again when a block has ended, and the clean-up lifts it from who is on file', async () => {
    const other = await federation.stranger('a.example');
    await other.announceTo(hub);
    const end = federation.clock.now() + DAY_MS;
    await block('server', 'a.example', end);
    await block('server', 'b.example');
    await database().query(`UPDATE peers SET trust = 'blocked', blocked_until = $1`, [formatTimestamp(end)]);

    await hub.task('cleanup');
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
    federation.clock.advance(DAY_MS + 61_000);
    await hub.task('cleanup');
    expect(outcome(await other.announceTo(hub))).toBe('200');
    expect(await database().query('SELECT identifier FROM blocklist')).toEqual([{ identifier: 'b.example' }]);
  });

  it('keeps out who is on file, whatever he says, but for his own new key', async () => {
    const other = await federation.extendedStranger('a.bad.example');
    await other.join(hub);
    await block('domain', 'bad.example');
    federation.clock.advance(61_000);
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
    expect(outcome(await other.exchangeWith(hub, []))).toBe('403 peer_blocked');
    expect(outcome(await other.ask(hub, 'hub.example'))).toBe('403 peer_blocked');
    expect(outcome(await other.call(hub, 'GET', VIEW))).toBe('403 peer_blocked');
    expect(outcome(await other.rotateAt(hub, await federation.keys.next()))).toBe('200');
  });

  it('forgets a server by name, UUID and key once the operator lets it in, and it is heard at once', async () => {
    const other = await federation.stranger('a.example');
    await other.join(hub);
    await block('server', 'a.example');
    await block('server', other.serverUuid);
    await block('fingerprint', other.fingerprint);
    await block('server', 'b.example');
    federation.clock.advance(61_000);
    await hub.trust('a.example', 'blocked');
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
    const { body } = await hub.trust('a.example', 'unknown');
    expect(body).toEqual({ server_id: 'a.example', trust_status: 'unknown' });
    expect(outcome(await other.announceTo(hub))).toBe('200');
    expect(outcome(await other.exchangeWith(hub, []))).toBe('200');
    expect(await database().query('SELECT identifier FROM blocklist')).toEqual([{ identifier: 'b.example' }]);
  });

  it('keeps a domain out all the same, and says so to who lets one server of it in', async () => {
    const other = await federation.stranger('a.bad.example');
    await other.join(hub);
    await block('domain', 'bad.example');
    expect((await hub.trust('a.bad.example', 'blocked')).body).not.toHaveProperty('still_blocked_by');
    expect((await hub.trust('a.bad.example', 'unknown')).body).toMatchObject({
      trust_status: 'unknown',
      still_blocked_by: { kind: 'domain', identifier: 'bad.example' },
    });
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
  });

  it('leaves a block by trust alone that has no end', async () => {
    const other = await federation.stranger('a.example');
    await other.announceTo(hub);
    const end = formatTimestamp(federation.clock.now() + 1);
    await database().query(`UPDATE peers SET trust = 'blocked', blocked_until = $1`, [end]);
    await hub.trust('a.example', 'blocked');
    federation.clock.advance(DAY_MS);
    await hub.task('cleanup');
    expect(outcome(await other.announceTo(hub))).toBe('403 peer_blocked');
  });
});
