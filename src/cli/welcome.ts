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

/** Who runs here, and where its data is. */
export function identityLines({ config, identity, endpoints, port }: Started): string[] {
  return [
    `Lattice discovery daemon: ${identity.serverId}`,
    `  server_uuid  ${identity.serverUuid}`,
    `  fingerprint  ${identity.fingerprint}`,
    `  listening    ${localUrl(config.host, port)}`,
    `  announced    ${endpoints.discovery}`,
    `  data         ${resolve(config.dataDir)} (${holdings(config)})`,
  ];
}

/** What is in the data folder, and where the rest is. */
function holdings({ databaseUrl, secretStore }: Config): string {
  const isEmbedded = databaseUrl === null;
  if (secretStore.kind !== 'vault')
    return isEmbedded ? 'embedded database and key' : 'key; the database is PostgreSQL';
  return isEmbedded
    ? 'embedded database; the key is in Vault'
    : 'nothing: the key is in Vault, the database is PostgreSQL';
}

/** What to do next, a sentence each. */
export function nextSteps({ config, identity, port }: Started): string[] {
  if (identity.revokedAt !== null) {
    return [
      'This identity is revoked for good: the daemon only tells the servers that have not heard it yet.',
      'To come back as a new server, start with an empty data folder and database.',
    ];
  }
  const steps = [];
  if (config.publicUrl === null) {
    steps.push('Nobody outside can reach it yet: set LATTICE_APP_URL, such as https://chat.example.org');
  }
  if (config.bootstrapServers.length === 0) {
    steps.push(
      'It was given nobody to meet: set LATTICE_BOOTSTRAP_SERVERS, such as https://hub.example.org/discovery',
    );
  }
  steps.push(`See whom it knows: curl ${localUrl(config.host, port)}/api/v1/peers`);
  return steps;
}
