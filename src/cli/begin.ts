import type { Config } from '../config/config.js';
import { readBeginnings, readConfig, type Environment, type ReadingContext } from '../config/read-config.js';
import { loginValues, secretValues } from '../config/secret-values.js';
import { probeDatabase } from '../database/probe-database.js';
import type { Logger } from '../observability/logger.js';
import { createLogger } from '../observability/pino-logger.js';
import { redactor } from '../observability/redactor.js';
import { SystemClock, type Clock } from '../platform/clock.js';
import { SystemRandom, type Random } from '../platform/random.js';
import type { ServiceManager } from '../platform/service-manager.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';
import { waitFor } from './wait-for.js';

/** For a start, and again from each time that it had to wait; TimeoutStartSec of the unit. */
export const START_LIMIT_MS = 300_000;

/** What a daemon's process has before it assembles the daemon. */
export interface Beginning {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: SecretStore;
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
  const { log, secretStore } = readBeginnings(env, context);
  const [clock, random] = [new SystemClock(), new SystemRandom()];
  const early = createLogger({ ...log, secrets: loginValues(secretStore) });
  const secrets = openSecretStore(secretStore, { clock, random, logger: early });
  try {
    const telling = (secretTexts: readonly string[]) => {
      const redact = redactor(secretTexts);
      return (status: string): void => manager.starting(redact(status), START_LIMIT_MS);
    };
    const waiting = { clock, random, logger: early, signal, tell: telling(loginValues(secretStore)) };
    const stored = await waitFor('the secret store', () => readStoredSettings(secrets), waiting);
    const config = readConfig(env, stored, context);
    const logger = createLogger({ ...log, secrets: secretValues(config) });
    await waitFor('the database', () => probeDatabase(config), {
      ...waiting,
      logger,
      tell: telling(secretValues(config)),
    });
    return { config, logger, clock, random, secrets };
  } catch (error) {
    await secrets.close();
    throw error;
  }
}
