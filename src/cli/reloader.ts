import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config.js';
import type { EnvironmentReader } from '../config/environment.js';
import { planReload, type ReloadPlan, type SettingChange } from '../config/plan-reload.js';
import {
  beginningsOf,
  configOf,
  readSettings,
  readWithoutStore,
  type ReadingContext,
} from '../config/read-config.js';
import type { SettingsInForce } from '../config/read-settings.js';
import { loginValues, secretValues } from '../config/secret-values.js';
import type { Daemon } from '../daemon.js';
import type { AdjustableLogger } from '../observability/pino-logger.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { FederationError } from '../protocol/errors.js';
import { openSecretStore } from '../secrets/open-secret-store.js';
import type { ReplaceableSecretStore } from '../secrets/replaceable-secret-store.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { readStoredSettings } from '../secrets/stored-settings.js';
import { explainStartFailure } from './start-failure.js';

/** What a process had before its daemon ran, and reads again. */
export interface ReloadParts {
  readonly environment: EnvironmentReader;
  readonly context: ReadingContext;
  readonly settings: SettingsInForce;
  readonly log: AdjustableLogger;
  readonly secrets: ReplaceableSecretStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** What was read: the plan, the configuration that it makes, and a secret store that was opened with a new login. */
interface Renewal {
  readonly plan: ReloadPlan;
  readonly config: Config;
  readonly newStore: SecretStore | null;
}

/**
 * Reads the environment file and the secret store again, and lets the daemon take what may change while it runs:
 * everything that was read is right, or nothing changes.
 */
export class Reloader {
  #running: SettingsInForce;

  constructor(
    private readonly parts: ReloadParts,
    private readonly daemon: Pick<Daemon, 'adopt' | 'identity'>,
    private readonly stopping: AbortSignal,
  ) {
    this.#running = parts.settings;
  }

  /** Logs what came of it, and never rejects. Not to be called while it runs. */
  async reload(): Promise<void> {
    try {
      await this.#take(await this.#read());
    } catch (error) {
      if (this.stopping.aborted) return;
      this.parts.log.logger.error(
        'The configuration was read again and cannot be used: nothing has changed',
        error instanceof ConfigError
          ? { problems: error.problems }
          : { reason: explainStartFailure(error, null).message },
      );
    }
  }

  async #read(): Promise<Renewal> {
    const { environment, context } = this.parts;
    const layers = await environment.read();
    // The store is where it was at the start; only its login may be another one.
    const { settings } = planReload(this.#running, readWithoutStore(layers));
    const newStore = this.#storeWithOtherLogin(settings);
    try {
      const stored = await readStoredSettings(newStore ?? this.parts.secrets);
      const plan = planReload(this.#running, readSettings(layers, stored));
      const config = configOf(plan.settings, context);
      await this.#lookForKey(newStore);
      return { plan, config, newStore };
    } catch (error) {
      await newStore?.close();
      throw error;
    }
  }

  /** Null where the login is the one in use. It may be good for one use only, so what is tried here is what is kept. */
  #storeWithOtherLogin(settings: SettingsInForce): SecretStore | null {
    const { context, log, clock, random } = this.parts;
    const { secretStore } = beginningsOf(settings, context);
    if (isDeepStrictEqual(secretStore, beginningsOf(this.#running, context).secretStore)) return null;
    log.adjust({ secrets: loginValues(secretStore) });
    return openSecretStore(secretStore, { clock, random, logger: log.logger });
  }

  /** The key in memory is never exchanged. A new login that finds another one leads astray. */
  async #lookForKey(newStore: SecretStore | null): Promise<void> {
    const store = newStore ?? this.parts.secrets;
    if (await this.daemon.identity.isKeptIn(store)) return;
    const place = store.placeOf('private_key');
    if (newStore !== null)
      throw new FederationError(
        'secret_store_unavailable',
        `with the new login, ${place} is not the private key of this server`,
      );
    this.parts.log.logger.error(
      'The secret store no longer holds the private key of this server: put it back, as no restart works without it',
      { place },
    );
  }

  async #take({ plan, config, newStore }: Renewal): Promise<void> {
    const { log, secrets } = this.parts;
    log.adjust({ secrets: secretValues(config) });
    try {
      this.stopping.throwIfAborted();
      if (plan.changed.length > 0) await this.daemon.adopt(config);
    } catch (error) {
      await newStore?.close();
      throw error;
    }
    if (newStore !== null) secrets.replace(newStore);
    this.#running = plan.settings;
    this.#tell(plan, config);
  }

  /** One line, at the more talkative of both levels: a change to `error` is seen too. */
  #tell({ changed, needsRestart }: ReloadPlan, { log: { level } }: Config): void {
    const { logger, adjust } = this.parts.log;
    const isTalkative = level === 'debug' || level === 'info';
    if (isTalkative) adjust({ level });
    const fields = {
      ...(changed.length === 0 ? {} : { changed: byVariable(changed) }),
      ...(needsRestart.length === 0 ? {} : { needsRestart: byVariable(needsRestart) }),
    };
    if (needsRestart.length > 0)
      logger.warn('The configuration was read again: some changes wait for a restart', fields);
    else if (changed.length > 0)
      logger.info('The configuration was read again, and what changed is in force', fields);
    else logger.info('The configuration was read again: nothing has changed');
    if (!isTalkative) adjust({ level });
  }
}

/** `{"LATTICE_LOG_LEVEL": "info -> debug"}` */
function byVariable(changes: readonly SettingChange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    changes.map(({ variable, from, to }) => [variable, `${from ?? 'unset'} -> ${to ?? 'unset'}`]),
  );
}
