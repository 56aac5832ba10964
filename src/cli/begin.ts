import type { Config } from '../config/config.js';
import { EnvironmentReader, type Environment } from '../config/environment.js';
import {
  beginningsOf,
  configOf,
  readSettings,
  readWithoutStore,
  type ReadingContext,
} from '../config/read-config.js';
import type { SettingsInForce } from '../config/read-settings.js';
import { loginValues, secretValues } from '../config/secret-values.js';
import { probeDatabase } from '../database/probe-database.js';
import { createAdjustableLogger, type AdjustableLogger } from '../observability/pino-logger.js';
import { SystemClock, type Clock } from '../platform/clock.js';
import { SystemRandom, type Random } from '../platform/random.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import { ReplaceableSecretStore } from '../secrets/replaceable-secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';
import { waitFor } from './wait-for.js';

/** What a daemon's process has before it assembles the daemon. */
export interface Beginning {
  readonly config: Config;
  /** What the configuration was made of, for who reads it again. */
  readonly environment: EnvironmentReader;
  readonly settings: SettingsInForce;
  readonly context: ReadingContext;
  readonly log: AdjustableLogger;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: ReplaceableSecretStore;
}

/**
 * Reads the environment, then the secret store, then the rest of the configuration; waits for the store and for the
 * database, and says so.
 *
 * @throws ConfigError; Interrupted once the signal is aborted; what waiting cannot heal
 */
export async function begin(
  env: Environment,
  context: ReadingContext,
  signal: AbortSignal,
): Promise<Beginning> {
  const environment = await EnvironmentReader.open(env);
  const beginnings = beginningsOf(readWithoutStore(environment.first), context);
  const [clock, random] = [new SystemClock(), new SystemRandom()];
  const log = createAdjustableLogger({ ...beginnings.log, secrets: loginValues(beginnings.secretStore) });
  const { logger } = log;
  const secrets = new ReplaceableSecretStore(
    openSecretStore(beginnings.secretStore, { clock, random, logger }),
  );
  try {
    const waiting = { clock, random, logger, signal };
    const stored = await waitFor('the secret store', () => readStoredSettings(secrets), waiting);
    const settings = readSettings(environment.first, stored);
    const config = configOf(settings, context);
    log.adjust({ secrets: secretValues(config) });
    await waitFor('the database', () => probeDatabase(config), waiting);
    return { config, environment, settings, context, log, clock, random, secrets };
  } catch (error) {
    await secrets.close();
    throw error;
  }
}
