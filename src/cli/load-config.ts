import type { Config } from '../config/config.js';
import { EnvironmentReader, type Environment, type Layers } from '../config/environment.js';
import { beginningsOf, configOf, readSettings, readWithoutStore } from '../config/read-config.js';
import type { SettingsInForce } from '../config/read-settings.js';
import { loginValues } from '../config/secret-values.js';
import { createLogger } from '../observability/pino-logger.js';
import { SystemClock } from '../platform/clock.js';
import { SystemRandom } from '../platform/random.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';

const STDERR = 2;

/**
 * The configuration as the daemon of this environment has it, for a command: the environment and its file, then the
 * secret store, then the defaults. Waits for nothing.
 *
 * @throws ConfigError, FederationError
 */
export async function loadConfig(env: Environment, isTerminal: boolean): Promise<Config> {
  return configOf(await loadSettings(env, isTerminal), { isTerminal });
}

/** The same, each value with its origin. @throws ConfigError, FederationError */
export async function loadSettings(env: Environment, isTerminal: boolean): Promise<SettingsInForce> {
  const { first: layers } = await EnvironmentReader.open(env);
  const store = openStoreOf(layers, isTerminal);
  try {
    return readSettings(layers, await readStoredSettings(store));
  } finally {
    await store.close();
  }
}

/** The secret store that the environment names; to be closed. @throws ConfigError */
export async function openStore(env: Environment, isTerminal: boolean): Promise<SecretStore> {
  return openStoreOf((await EnvironmentReader.open(env)).first, isTerminal);
}

/** The same, of variables that were read already. @throws ConfigError */
export function openStoreOf(layers: Layers, isTerminal: boolean): SecretStore {
  const { log, secretStore } = beginningsOf(readWithoutStore(layers), { isTerminal });
  const logger = createLogger({
    level: 'error',
    format: log.format,
    secrets: loginValues(secretStore),
    destination: STDERR,
  });
  return openSecretStore(secretStore, { clock: new SystemClock(), random: new SystemRandom(), logger });
}
