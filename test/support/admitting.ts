import type { Runtime } from '../../src/app.module.js';
import { RedirectedPeerHttp } from './redirected-peer-http.js';

export const MODES = ['open', 'bootstrap-only'] as const;

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * What a daemon of a federation is started with that admits servers of these names, and in the mode `bootstrap-only`
 * nobody else: they are hosts of its bootstrap servers, where it reaches nobody.
 */
export function admitting(
  mode: (typeof MODES)[number],
  ...names: readonly string[]
): [env: Record<string, string>, given: Partial<Runtime>] {
  if (mode === 'open') return [{ LATTICE_ADMISSION: mode }, {}];
  const hosts = names.map((name) => `http://${name}`);
  const env = { LATTICE_ADMISSION: mode, LATTICE_BOOTSTRAP_SERVERS: hosts.join(',') };
  return [env, { peerHttp: new RedirectedPeerHttp(new Map(hosts.map((host) => [host, NOWHERE]))) }];
}
