import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { TestDaemon } from '../support/test-daemon.js';

onEachDatabase('daemons that find each other', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  it('two of them know each other, and each resolves the name of the other', async () => {
    const hub = await federation.start('hub.example');
    const leaf = await federation.start('leaf.example', { LATTICE_BOOTSTRAP_SERVERS: hub.url });
    await Promise.all([hub.knows('leaf.example'), leaf.knows('hub.example')]);

    const there = await hub.post('/api/v1/route/leaf.example');
    const back = await leaf.post('/api/v1/route/HUB.example');

    expect(there.body).toEqual({
      found: true,
      domain: 'leaf.example',
      server_id: 'leaf.example',
      endpoint_url: `${leaf.url}/api/v1/federation`,
      confidence: 1,
      from_cache: false,
    });
    expect(back.body).toMatchObject({
      found: true,
      domain: 'hub.example',
      endpoint_url: `${hub.url}/api/v1/federation`,
    });
  });

  // Without the extension peer exchanges alone tell of others.
  it.each(['on', 'off'])('five that know one address come to know each other, extension %s', async (ext) => {
    const rounds = {
      LATTICE_SCHEDULER: 'internal',
      LATTICE_GOSSIP_INTERVAL: '200ms',
      LATTICE_EXTENSIONS: ext,
    };
    const hub = await federation.start('hub.example', rounds);
    const names = ['a.example', 'b.example', 'c.example', 'd.example'];
    const leaves: TestDaemon[] = [];
    for (const name of names) {
      leaves.push(await federation.start(name, { ...rounds, LATTICE_BOOTSTRAP_SERVERS: hub.url }));
    }
    const all = [...names, 'hub.example'].sort();

    for (const daemon of [hub, ...leaves]) {
      const others = all.filter((name) => name !== daemon.config.serverId);
      await daemon.until(async () => JSON.stringify(await daemon.names()) === JSON.stringify(others));
    }

    const route = await leaves[0]!.post('/api/v1/route/d.example');
    expect(route.body).toMatchObject({ found: true, endpoint_url: `${leaves[3]!.url}/api/v1/federation` });
  });
});
