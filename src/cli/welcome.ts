import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { localUrl } from '../config/default-endpoints.js';
import type { Identity } from '../identity/identity.js';
import type { Endpoints } from '../protocol/endpoints.js';

export interface Started {
  readonly config: Config;
  readonly identity: Identity;
  readonly endpoints: Endpoints;
  readonly port: number;
}

/** Who runs here, where its data is, and what to do next. */
export function welcomeLines({ config, identity, endpoints, port }: Started): string[] {
  const local = localUrl(config.host, port);
  return [
    `Lattice discovery daemon: ${identity.serverId}`,
    `  server_uuid  ${identity.serverUuid}`,
    `  fingerprint  ${identity.fingerprint}`,
    `  listening    ${local}`,
    `  announced    ${endpoints.discovery}`,
    `  data         ${resolve(config.dataDir)}${config.databaseUrl === null ? ' (embedded database and key)' : ' (key; database: PostgreSQL)'}`,
    ...nextSteps(config, identity, local),
  ];
}

function nextSteps(config: Config, identity: Identity, local: string): string[] {
  if (identity.revokedAt !== null) {
    return [
      'This identity is revoked for good; the daemon only tells those that have yet to hear it. Start with an empty data folder to become a new server.',
    ];
  }
  const steps = [];
  if (config.publicUrl === null) {
    steps.push(
      'Nobody outside can reach this server: set LATTICE_APP_URL to its public address, such as https://chat.example.org.',
    );
  }
  if (config.bootstrapServers.length === 0) {
    steps.push(
      'It knows nobody yet: set LATTICE_BOOTSTRAP_SERVERS to a server of the federation, such as https://hub.example.org/discovery.',
    );
  }
  steps.push(`Whom it knows: curl ${local}/api/v1/peers     Stop it: Ctrl-C`);
  return steps;
}
