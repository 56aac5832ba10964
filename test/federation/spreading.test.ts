import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { TestDaemon } from '../support/test-daemon.js';

onEachDatabase('what one server learns', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  /** Servers that each know the one before it, and nobody else. */
  async function chain(...names: readonly string[]): Promise<TestDaemon[]> {
    const daemons: TestDaemon[] = [];
    for (const name of names) {
      const before = daemons.at(-1);
      const daemon = await federation.start(name, { LATTICE_BOOTSTRAP_SERVERS: before?.url ?? '' });
      if (before !== undefined)
        await Promise.all([daemon.knows(before.config.serverId!), before.knows(name)]);
      daemons.push(daemon);
    }
    return daemons;
  }

  const knownTo = (daemon: TestDaemon): Promise<string[]> => daemon.names();

  it('is known to the whole chain once each has compared its directory with its neighbours', async () => {
    const daemons = await chain('a.example', 'b.example', 'c.example', 'd.example');
    for (let round = 0; round < 3; round += 1) {
      for (const daemon of daemons) await daemon.task('compare-directories');
    }
    expect(await knownTo(daemons[0]!)).toEqual(['b.example', 'c.example', 'd.example']);
    expect(await knownTo(daemons[3]!)).toEqual(['a.example', 'b.example', 'c.example']);
  });

  it('is passed on as a rumour to those who have never heard of it', async () => {
    const [first, , third] = await chain('a.example', 'b.example', 'c.example');
    const heard = first!.once('peer.introduced', ({ serverId }) => serverId === 'd.example');
    // One that does nothing by itself: it would else meet the first, if it is quicker than the rumour.
    const silent = await federation.stranger('d.example');
    silent.supportedVersions = ['1.0', 'ext:1'];
    await silent.announceTo(third!);
    expect(await heard).toMatchObject({ serverId: 'd.example' });
  });

  it('costs one request where two directories are equal', async () => {
    const [one, other] = await chain('a.example', 'b.example');
    await one!.task('compare-directories');
    await other!.task('compare-directories');
    expect(await one!.task('compare-directories')).toMatchObject({ asked: 0, taken: 0, equal: true });
  });
});
