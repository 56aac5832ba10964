import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { HOUR_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { recordsOf } from '../support/records.js';
import type { DetailedPeer, TestDaemon } from '../support/test-daemon.js';

onEachDatabase('what a server says of itself to the whole federation', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('a.example');
  });

  afterEach(() => federation.end());

  /** As at the start, at a reload, and when its turn comes: the hash of its record afterwards. */
  const refreshed = async (of: TestDaemon): Promise<string> => {
    await of.task('refresh-record');
    const [own] = await recordsOf(of).recordsOf([of.daemon.identity.self.serverUuid]);
    return own!.hash;
  };

  /**
   * Looks until the only neighbour is suspected: what that one said before it stopped may still be read here, and clear it.
   * Answers what resolves when it is up again.
   */
  const untilSuspected = async (by: TestDaemon): Promise<{ readonly up: Promise<unknown> }> => {
    for (;;) {
      federation.clock.advance(2 * 60_000);
      await by.task('probe-neighbors');
      const up = by.once('neighbor.up');
      const [neighbor] = (await by.peers('?detail=true')) as DetailedPeer[];
      if (neighbor?.state === 'suspect') return { up };
    }
  };

  it('stays the same through a start and a reload, and is announced to nobody anew', async () => {
    const before = await refreshed(daemon);
    federation.clock.advance(19 * HOUR_MS);
    const again = await federation.restart(daemon);
    const changed: unknown[] = [];
    again.events.on('record.changed', (change) => void changed.push(change));
    expect(await refreshed(again)).toBe(before);
    await again.daemon.adopt({ ...again.config, sourceRateLimitPerMinute: 1_000 });
    expect(await refreshed(again)).toBe(before);
    expect(changed).toEqual([]);
  });

  it('is signed anew by a start at another place', async () => {
    const before = await refreshed(daemon);
    const moved = await federation.restart(daemon, { LATTICE_APP_URL: 'http://127.0.0.1:1/elsewhere' });
    expect(await refreshed(moved)).not.toBe(before);
  });

  it('is signed anew when its time has come, whether or not there was a start meanwhile', async () => {
    const before = await refreshed(daemon);
    federation.clock.advance(10 * HOUR_MS);
    const again = await federation.restart(daemon);
    federation.clock.advance(9 * HOUR_MS);
    expect(await refreshed(again)).toBe(before);
    federation.clock.advance(HOUR_MS);
    const after = await refreshed(again);
    expect(after).not.toBe(before);
    expect(await refreshed(again)).toBe(after);
  });

  it('is signed anew in a database that was copied: others may have a later one', async () => {
    const before = await refreshed(daemon);
    await daemon.daemon.app
      .get(Database, { strict: false })
      .query('UPDATE record_state SET of_table = of_table - 1');
    expect(await refreshed(await federation.restart(daemon))).not.toBe(before);
  });

  it('does not have to be new for others to see that it is back', async () => {
    const other = await federation.start('b.example', { LATTICE_BOOTSTRAP_SERVERS: daemon.url });
    await Promise.all([daemon.knows('b.example'), other.knows('a.example')]);
    const before = await refreshed(daemon);
    await other.task('probe-neighbors');
    await federation.stop(daemon);
    const { up } = await untilSuspected(other);
    const again = await federation.startAgain(daemon);
    await again.task('gossip-round');
    expect(await up).toMatchObject({ serverId: 'a.example' });
    expect(await refreshed(again)).toBe(before);
  });

  it('stays the same for its neighbours, however often it announces itself to them', async () => {
    const other = await federation.start('b.example', { LATTICE_BOOTSTRAP_SERVERS: daemon.url });
    await Promise.all([daemon.knows('b.example'), other.knows('a.example')]);
    await refreshed(daemon);
    await other.task('compare-directories');
    federation.clock.advance(13 * HOUR_MS);
    expect(await daemon.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
    const { serverUuid } = daemon.daemon.identity.self;
    const [held] = await recordsOf(other).recordsOf([serverUuid]);
    expect(held!.hash).toBe(await refreshed(daemon));
  });
});
