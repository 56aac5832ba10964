import type { Endpoints } from '../protocol/endpoints.js';

const REACHABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The endpoints on the listening address, for a daemon without a public URL. With port 0, ask again once it listens. */
export function defaultEndpoints(host: string, port: number): Endpoints {
  const reachable = REACHABLE[host] ?? host;
  const bracketed = reachable.includes(':') ? `[${reachable}]` : reachable;
  return endpointsUnder(`http://${bracketed}:${port}`);
}

/** The federation endpoint's place under a discovery endpoint. */
export function endpointsUnder(discovery: string): Endpoints {
  return { discovery, federation: `${discovery}/api/v1/federation` };
}
