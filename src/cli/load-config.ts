import type { Config } from '../config/config.js';
import { readBeginnings, readConfig, type Environment } from '../config/read-config.js';
import { loginValues } from '../config/secret-values.js';
import { createLogger } from '../observability/pino-logger.js';
import { SystemClock } from '../platform/clock.js';
import { SystemRandom } from '../platform/random.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';

const STDERR = 2;

/**
 * The configuration as the daemon of this environment has it, for a command: the environment, then the secret store,
 * then the defaults. Waits for nothing.
 *
 * @throws ConfigError, FederationError
 */
export async function loadConfig(env: Environment, isTerminal: boolean): Promise<Config> {
  const store = openStore(env, isTerminal);
  try {
    return readConfig(env, await readStoredSettings(store), { isTerminal });
  } finally {
    await store.close();
  }
}

/** The secret store that the environment names; to be closed. @throws ConfigError */
export function openStore(env: Environment, isTerminal: boolean): SecretStore {
  const { log, secretStore } = readBeginnings(env, { isTerminal });
  const logger = createLogger({
    level: 'error',
    format: log.format,
    secrets: loginValues(secretStore),
    destination: STDERR,
  });
  return openSecretStore(secretStore, { clock: new SystemClock(), random: new SystemRandom(), logger });
}
