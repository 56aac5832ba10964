import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PeerRequest, PeerResponse } from '../../src/platform/peer-http.js';
import { DEFAULT_QUERY_HOPS } from '../../src/protocol/limits.js';
import { deadlineMs } from '../../src/routing/route-policy.js';
import { databaseKinds } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { HoldingClock } from '../support/holding-clock.js';
import { RedirectedPeerHttp } from '../support/redirected-peer-http.js';
import { QUERY, type Stranger } from '../support/stranger.js';

/** Waits for an answer for as long as the caller lets it. */
class PatientPeerHttp extends RedirectedPeerHttp {
  override request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    return super.request({ ...request, timeoutMs: 3_600_000 }, signal);
  }
}

let federation: Federation;

beforeEach(() => {
  federation = new Federation(databaseKinds.find(({ kind }) => kind === 'embedded')!);
});

afterEach(() => federation.end());

it('a route is none once the one deadline of all has passed, where three neighbours are asked and never answer', async () => {
  const clock = new HoldingClock(deadlineMs(DEFAULT_QUERY_HOPS));
  const daemon = await federation.start('a.example', {}, { clock, peerHttp: new PatientPeerHttp() });
  const neighbors: Stranger[] = [];
  for (const name of ['b.example', 'c.example', 'd.example']) {
    const neighbor = await federation.stranger(name);
    await neighbor.join(daemon);
    neighbor.answers = ({ path }) => (path === QUERY ? new Promise(() => undefined) : undefined);
    neighbors.push(neighbor);
  }

  const route = daemon.route('far.example');
  await Promise.all(neighbors.map((neighbor) => neighbor.called(QUERY)));
  expect(clock.held.size).toBe(1);
  clock.runOut();

  expect(await route).toMatchObject({ found: false, domain: 'far.example' });
  expect(neighbors.map((neighbor) => neighbor.callsTo(QUERY).length)).toEqual([1, 1, 1]);
  expect(clock.held.size).toBe(0);
});
