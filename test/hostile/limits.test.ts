import { afterAll, beforeAll, expect, it } from 'vitest';
import { ENDPOINTS } from './endpoints.js';
import { toJson } from './json.js';
import { Target } from './target.js';

let target: Target;
beforeAll(async () => {
  target = await Target.start({ LATTICE_PEER_RATE_LIMIT: '1', LATTICE_SOURCE_RATE_LIMIT: '4' });
  target.standStill();
});
afterAll(() => target.end());

const gossip = { method: 'POST', path: '/api/v1/gossip/receive' };

it('a peer over its limit is told when to come back, and changes nothing', async () => {
  const { peer } = target;
  const exchange = async (): Promise<string> =>
    toJson(peer.envelope('peer_exchange', await peer.signed(peer.exchange())));
  expect(await target.ask({ ...gossip, body: await exchange() })).toMatchObject({ status: 200 });
  await target.refuses({ ...gossip, body: await exchange() }, 'rate_limited');
});

it('an address over its limit is told when to come back at every open endpoint, before its body is looked at', async () => {
  // The fourth request of this minute.
  expect(await target.ask({ method: 'GET', path: '/status' })).toMatchObject({ status: 200 });
  for (const { method, path } of ENDPOINTS.filter(({ isOpen }) => isOpen)) {
    await target.refuses({ method, path, body: '{"cut' }, 'rate_limited');
  }
});
