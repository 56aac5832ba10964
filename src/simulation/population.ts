import type { Random } from '../platform/random.js';
import { DAY_MS } from '../protocol/durations.js';

/** How long the oldest servers have been there when a simulation begins. */
const OLDEST_MS = 720 * DAY_MS;
/** Servers to a network on average; a few hold many, most hold one. */
const SERVERS_PER_NETWORK = 8;

/** Who the servers are, by number. */
export interface Population {
  readonly size: number;
  /** Its /16. */
  readonly network: Int32Array;
  /** Its registrable domain. */
  readonly domain: Int32Array;
  /** When it joined; before the simulation begins at 0. */
  readonly bornMs: Float64Array;
  readonly isHostile: Uint8Array;
}

export interface Hostility {
  /** Of all servers, in [0, 1]. */
  readonly share: number;
  /** Networks in which they sit; Infinity for one each. */
  readonly networks: number;
  /** When they joined. */
  readonly bornMs: number;
}

/** Hosts of the wild: networks of very different sizes, now and then several servers under one domain. */
export function populate(size: number, random: Random, hostility?: Hostility): Population {
  const population = {
    size,
    network: new Int32Array(size),
    domain: new Int32Array(size),
    bornMs: new Float64Array(size),
    isHostile: new Uint8Array(size),
  };
  const networks = Math.max(1, Math.round(size / SERVERS_PER_NETWORK));
  const hostile = hostility === undefined ? 0 : Math.round(size * hostility.share);
  for (let server = 0; server < size; server += 1) {
    population.network[server] = Math.floor(networks * random.uniform() ** 2);
    population.domain[server] = random.uniform() < 0.1 ? Math.floor(random.uniform() * size) : server;
    population.bornMs[server] = -random.uniform() * OLDEST_MS;
    if (hostility === undefined || server < size - hostile) continue;
    const place = Math.min(hostility.networks, size);
    population.isHostile[server] = 1;
    population.network[server] = networks + (server % place);
    population.domain[server] = server;
    population.bornMs[server] = hostility.bornMs;
  }
  return population;
}
