import type { Config } from '../config/config.js';
import { readConfig, type Environment } from '../config/read-config.js';
import { SETTINGS } from '../config/settings.js';
import { FileSecretStore } from '../secrets/file-secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';

/** The configuration of a process: its environment, then the secret store, then the defaults. @throws ConfigError */
export async function loadConfig(env: Environment, isTerminal: boolean): Promise<Config> {
  // The folder is where the store is, so it cannot come from the store.
  const dataDir = env[SETTINGS.dataDir.variable]?.trim() || SETTINGS.dataDir.default;
  return readConfig(env, await readStoredSettings(new FileSecretStore(dataDir)), { isTerminal });
}
