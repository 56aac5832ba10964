import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { databaseKinds } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { RECEIVE } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const embedded = databaseKinds.find(({ kind }) => kind === 'embedded')!;
const MISSING = 'A bootstrap server is missing';

describe('a running daemon that takes over another configuration', () => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(embedded);
    daemon = await federation.start('first.example');
  });
  afterEach(() => federation.end());

  const adopt = (changes: Partial<Config>): Promise<void> =>
    daemon.daemon.adopt({ ...daemon.config, ...changes });

  it('admits the next newcomer by it', async () => {
    const stranger = await federation.stranger('a.example');
    await adopt({ admission: 'bootstrap-only' });
    expect(outcome(await stranger.announceTo(daemon))).toBe('403 not_admitted');
    await adopt({ admission: 'open' });
    expect(outcome(await stranger.announceTo(daemon))).toBe('200');
  });

  it('holds a bootstrap server to a pin that came later', async () => {
    const hub = await federation.stranger('hub.example');
    const { host } = new URL(hub.url);
    await adopt({ bootstrapServers: [hub.url], bootstrapPins: new Map([[host, '0'.repeat(32)]]) });
    await daemon.task('join');
    expect(String(daemon.logged(MISSING)[0]?.fields.problem)).toContain('LATTICE_BOOTSTRAP_PINS says 0000');
  });

  it('calls a bootstrap server that was missing at once, however long it was to wait', async () => {
    const hub = await federation.stranger('hub.example');
    await adopt({ bootstrapServers: [hub.url], allowAddresses: [] });
    await daemon.task('join');
    expect(daemon.logged(MISSING)).toHaveLength(1);
    await daemon.task('join');
    expect(daemon.logged(MISSING)).toHaveLength(1);
    await adopt({ bootstrapServers: [hub.url] });
    await daemon.task('join');
    expect(daemon.logged('Joined through a bootstrap server')).toHaveLength(1);
  });

  it('calls an address that is no longer allowed no more', async () => {
    const [hub, other] = [await federation.stranger('hub.example'), await federation.stranger('b.example')];
    await adopt({ bootstrapServers: [hub.url] });
    await daemon.task('join');
    expect(daemon.logged('Joined through a bootstrap server')).toHaveLength(1);
    // One to join; as a new neighbour it is greeted with two more.
    await hub.called(RECEIVE, 3);
    const before = hub.calls.length;
    await adopt({ bootstrapServers: [`${hub.url}/again`, other.url], allowAddresses: [] });
    await daemon.task('join');
    const problems = daemon.logged(MISSING).map(({ fields }) => String(fields.problem));
    expect(problems.filter((problem) => problem.includes('no address that may be called'))).toHaveLength(2);
    expect(hub.calls).toHaveLength(before);
  });

  it('changes nothing where the new name cannot be written', async () => {
    const stranger = await federation.stranger('a.example');
    const database = daemon.daemon.app.get(Database, { strict: false });
    await database.query('ALTER TABLE identity RENAME TO hidden');
    const changes = { serverId: 'second.example', admission: 'bootstrap-only', allowAddresses: [] } as const;
    await expect(adopt(changes)).rejects.toThrow();
    await database.query('ALTER TABLE hidden RENAME TO identity');
    expect(outcome(await stranger.announceTo(daemon))).toBe('200');
    expect(await daemon.identity()).toMatchObject({ server_id: 'first.example' });
    await adopt(changes);
    expect(await daemon.identity()).toMatchObject({ server_id: 'second.example' });
  });

  it('keeps a name that was registered meanwhile, where the configured one is the same', async () => {
    await daemon.daemon.identity.rename('registered.example');
    await adopt({ serverId: 'first.example', admission: 'bootstrap-only' });
    expect(await daemon.identity()).toMatchObject({ server_id: 'registered.example' });
  });
});
