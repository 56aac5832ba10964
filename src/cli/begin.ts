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
import { redactor } from '../observability/redactor.js';
import { SystemClock, type Clock } from '../platform/clock.js';
import { SystemRandom, type Random } from '../platform/random.js';
import type { ServiceManager } from '../platform/service-manager.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import { ReplaceableSecretStore } from '../secrets/replaceable-secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';
import { waitFor } from './wait-for.js';

/** For a start, and again from each time that it had to wait; TimeoutStartSec of the unit. */
export const START_LIMIT_MS = 300_000;

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

/** Who may end the waiting, and who hears of it. */
export interface Surroundings {
  readonly signal: AbortSignal;
  readonly manager: ServiceManager;
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
  { signal, manager }: Surroundings,
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
    const telling = (secretTexts: readonly string[]) => {
      const redact = redactor(secretTexts);
      return (status: string): void => manager.starting(redact(status), START_LIMIT_MS);
    };
    const waiting = { clock, random, logger, signal, tell: telling(loginValues(beginnings.secretStore)) };
    const stored = await waitFor('the secret store', () => readStoredSettings(secrets), waiting);
    const settings = readSettings(environment.first, stored);
    const config = configOf(settings, context);
    log.adjust({ secrets: secretValues(config) });
    const tell = telling(secretValues(config));
    await waitFor('the database', () => probeDatabase(config), { ...waiting, tell });
    return { config, environment, settings, context, log, clock, random, secrets };
  } catch (error) {
    await secrets.close();
    throw error;
  }
}
