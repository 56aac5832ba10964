import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_MS } from '../../src/protocol/durations.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('a daemon that is started again', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  async function pair(name: string): Promise<[TestDaemon, TestDaemon]> {
    const [hub, leaf] = await federation.meet('hub.example', name);
    return [hub!, leaf!];
  }

  it('is who it was, knows whom it knew, and is still known', async () => {
    const [hub, leaf] = await pair('leaf.example');
    const before = { identity: await leaf.identity(), neighbors: await leaf.neighbors() };
    await federation.stop(leaf);

    const again = await federation.startAgain(leaf);

    expect(await again.identity()).toEqual(before.identity);
    expect(await again.neighbors()).toEqual(before.neighbors);
    expect(await hub.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
    expect(await again.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
  });

  it('under another name keeps its UUID and key, and all others list the new name', async () => {
    const others = await federation.meet('a.example', 'b.example', 'c.example', 'd.example', 'old.example');
    const last = others.pop()!;
    const before = await last.identity();

    const renamed = await federation.restart(last, { LATTICE_SERVER_ID: 'new.example' });
    const listing = async (name: string): Promise<TestDaemon[]> => {
      const lists = await Promise.all(others.map((daemon) => daemon.names()));
      return others.filter((_other, position) => lists[position]!.includes(name));
    };
    while ((await listing('new.example')).length < others.length) await renamed.task('gossip-round');

    expect(await renamed.identity()).toEqual({ ...before, server_id: 'new.example' });
    expect(await listing('old.example')).toEqual([]);
    await Promise.all(others.map((daemon) => daemon.knows('new.example')));
    expect(await others[0]!.route('new.example')).toMatchObject({ found: true, confidence: 1 });
  });

  it('leaves its old name reserved for itself for 90 days', async () => {
    const [hub, leaf] = await pair('old.example');
    const renamed = await federation.restart(leaf, { LATTICE_SERVER_ID: 'new.example' });
    await renamed.task('gossip-round');
    await hub.knows('new.example');

    const thief = await federation.stranger('old.example');
    expect(outcome(await thief.announceTo(hub))).toBe('409 name_taken');

    const back = await federation.restart(renamed, { LATTICE_SERVER_ID: 'old.example' });
    await back.task('gossip-round');
    await hub.knows('old.example');
    expect(await hub.names()).toEqual(['old.example']);
    expect(outcome(await thief.announceTo(hub, { serverId: 'new.example' }))).toBe('409 name_taken');

    federation.clock.advance(90 * DAY_MS + 1000);
    expect(outcome(await thief.announceTo(hub, { serverId: 'new.example' }))).toBe('200');
    expect(outcome(await thief.announceTo(hub, { serverId: 'old.example' }))).toBe('409 name_taken');
  });

  it('is listed all the while that it is down, and gossiped with as soon as it is back', async () => {
    const [hub, leaf] = await pair('leaf.example');
    await federation.stop(leaf);

    expect(await hub.task('gossip-round')).toEqual({ sent: 0, failed: 1 });
    expect(await hub.neighbors()).toEqual(['leaf.example']);
    expect(await hub.route('leaf.example')).toMatchObject({ found: true });

    await federation.startAgain(leaf);
    expect(await hub.task('gossip-round')).toEqual({ sent: 1, failed: 0 });
    expect(await hub.neighbors()).toEqual(['leaf.example']);
  });
});
