import type { Endpoints } from '../protocol/endpoints.js';

const REACHABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The URL under which a daemon that listens there is called from its own machine. */
export function localUrl(host: string, port: number): string {
  const reachable = REACHABLE[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** The endpoints on the listening address, for a daemon without a public URL. With port 0, ask again once it listens. */
export function defaultEndpoints(host: string, port: number): Endpoints {
  return endpointsUnder(localUrl(host, port));
}

/** The federation endpoint's place under a discovery endpoint. */
export function endpointsUnder(discovery: string): Endpoints {
  return { discovery, federation: `${discovery}/api/v1/federation` };
}
