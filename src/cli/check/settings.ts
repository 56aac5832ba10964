import { ConfigError, type ConfigProblem } from '../../config/config-error.js';
import type { Config } from '../../config/config.js';
import { EnvironmentReader, type Environment } from '../../config/environment.js';
import { beginningsOf, configOf, readSettings, readWithoutStore } from '../../config/read-config.js';
import type { StoredSettings } from '../../config/read-settings.js';
import type { SecretStore, StoreTerms } from '../../secrets/secret-store.js';
import { readStoredSettings } from '../../secrets/stored-settings.js';
import { openStoreOf } from '../load-config.js';
import { judgeConfiguration } from './configuration.js';
import { finding, skipped, type Finding } from './finding.js';
import { judgeSecretStore } from './secret-store.js';

export interface Settings {
  /** Null where it cannot be used. */
  readonly config: Config | null;
  /** Null where it cannot be read; to be closed by the caller otherwise. */
  readonly store: SecretStore | null;
  readonly findings: readonly Finding[];
}

/** Environment and its file, then secret store, then both together, as a start does; goes on as far as it can. */
export async function lookAtSettings(
  env: Environment,
  isTerminal: boolean,
  nowMs: number,
): Promise<Settings> {
  const begun = await attempt(async () => {
    const { first: layers } = await EnvironmentReader.open(env);
    return { layers, choice: beginningsOf(readWithoutStore(layers), { isTerminal }).secretStore };
  });
  if (begun.problems !== null) {
    const configuration = finding('configuration', judgeConfiguration(begun.problems, false));
    const store = finding('secret_store', skipped('The configuration cannot be used.'));
    return { config: null, store: null, findings: [configuration, store] };
  }
  const { layers, choice } = begun.value;
  const store = openStoreOf(layers, isTerminal);
  const { stored, terms, problem } = await readStore(store);
  if (problem !== null) await store.close();
  const isWhole = problem === null;
  const read = await attempt(() => configOf(readSettings(layers, stored), { isTerminal }));
  return {
    config: read.problems === null ? read.value : null,
    store: isWhole ? store : null,
    findings: [
      finding('configuration', judgeConfiguration(read.problems ?? [], isWhole)),
      finding('secret_store', judgeSecretStore({ choice, problem, terms, nowMs })),
    ],
  };
}

interface ReadStore {
  readonly stored: StoredSettings;
  readonly terms: StoreTerms | null;
  readonly problem: string | null;
}

async function readStore(store: SecretStore): Promise<ReadStore> {
  try {
    const stored = await readStoredSettings(store);
    return { stored, terms: await store.examine(), problem: null };
  } catch (error) {
    return { stored: {}, terms: null, problem: (error as Error).message };
  }
}

type Attempt<T> =
  { readonly value: T; readonly problems: null } | { readonly problems: readonly ConfigProblem[] };

async function attempt<T>(read: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read(), problems: null };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}
