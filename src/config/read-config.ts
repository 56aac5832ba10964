import type { Endpoints } from '../protocol/endpoints.js';
import type { Config } from './config.js';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { defaultEndpoints, endpointsUnder } from './default-endpoints.js';
import type { Environment, Layers } from './environment.js';
import {
  failWith,
  problemOf,
  readEach,
  valuesOf,
  type SettingsInForce,
  type StoredSettings,
  type Values,
} from './read-settings.js';
import { chooseSecretStore, type SecretStoreChoice } from './secret-store-choice.js';
import { SECRET_STORE_SETTINGS } from './secret-store-settings.js';
import { SETTINGS } from './settings.js';

type SecretStoreSettingName = keyof typeof SECRET_STORE_SETTINGS;

export interface ReadingContext {
  readonly isTerminal: boolean;
}

/**
 * Reads the whole configuration of an environment without a file: it beats the secret store, that beats the default;
 * empty text is unset.
 * @throws ConfigError with every problem.
 */
export function readConfig(env: Environment, stored: StoredSettings, context: ReadingContext): Config {
  return configOf(readSettings({ own: env, file: {} }, stored), context);
}

/**
 * Reads every setting, and checks all of them together.
 * @throws ConfigError with every problem.
 */
export function readSettings(layers: Layers, stored: StoredSettings): SettingsInForce {
  const { settings, problems } = readEach(layers, stored);
  failWith([...problems, ...originProblems(valuesOf(settings))]);
  return settings as SettingsInForce;
}

/**
 * The settings as far as they are known before the secret store can be asked.
 * @throws ConfigError with every problem that the environment shows by itself.
 */
export function readWithoutStore(layers: Layers): SettingsInForce {
  const { settings, problems } = readEach(layers, {});
  failWith([...problems, ...originProblems(valuesOf(beforeStore(settings)))]);
  return settings as SettingsInForce;
}

/** Without those of which the secret store may hold a value. */
function beforeStore(settings: Partial<SettingsInForce>): Partial<SettingsInForce> {
  const known = Object.entries(settings).filter(
    ([, { setting, source }]) => source !== 'default' || setting.storeKey === undefined,
  );
  return Object.fromEntries(known);
}

/** What a process must know before it can ask the secret store, of `readWithoutStore`. */
export function beginningsOf(
  settings: SettingsInForce,
  { isTerminal }: ReadingContext,
): { readonly log: Config['log']; readonly secretStore: SecretStoreChoice } {
  const values = valuesOf(settings);
  return { log: logOf(values, isTerminal), secretStore: secretStoreOf(values) };
}

/** @throws ConfigError where settings that are right by themselves do not go together */
export function configOf(settings: SettingsInForce, { isTerminal }: ReadingContext): Config {
  const values = valuesOf(settings);
  failWith(originProblems(values));
  const {
    logLevel: _l,
    logFormat: _f,
    envFile: _e,
    discoveryUrl,
    federationUrl: _u,
    ...rest
  } = withoutSecretStore(values);
  const endpoints = endpointsOf(values);
  return {
    ...rest,
    endpoints,
    publicUrl: values.appUrl === null && discoveryUrl === null ? null : endpoints.discovery,
    log: logOf(values, isTerminal),
    secretStore: secretStoreOf(values),
  };
}

/** Role id and secret id stand in the choice of the store alone. */
function withoutSecretStore(values: Values): Omit<Values, SecretStoreSettingName> {
  const others = Object.entries(values).filter(([name]) => !(name in SECRET_STORE_SETTINGS));
  return Object.fromEntries(others) as Omit<Values, SecretStoreSettingName>;
}

function secretStoreOf(values: Values): SecretStoreChoice {
  const decision = chooseSecretStore(values);
  if ('problems' in decision) throw new ConfigError(decision.problems);
  return decision.choice;
}

function logOf({ logLevel, logFormat }: Values, isTerminal: boolean): Config['log'] {
  return { level: logLevel, format: logFormat ?? (isTerminal ? 'pretty' : 'json') };
}

type EndpointValues = Pick<Values, 'host' | 'port' | 'appUrl' | 'discoveryUrl' | 'federationUrl'>;

function endpointsOf({ host, port, appUrl, discoveryUrl, federationUrl }: EndpointValues): Endpoints {
  const discoveryBase = appUrl === null ? discoveryUrl : `${appUrl}/discovery`;
  const base = discoveryBase === null ? defaultEndpoints(host, port) : endpointsUnder(discoveryBase);
  return { discovery: discoveryUrl ?? base.discovery, federation: federationUrl ?? base.federation };
}

/** Peers refuse an announcement whose endpoints differ in origin (wire protocol 1.3). */
function originProblems(values: Partial<Values>): ConfigProblem[] {
  const { host, port, appUrl, discoveryUrl, federationUrl } = values;
  if (host === undefined || port === undefined) return [];
  if (appUrl === undefined || discoveryUrl === undefined || federationUrl === undefined) return [];
  const endpoints = endpointsOf({ host, port, appUrl, discoveryUrl, federationUrl });
  const [discovery, federation] = [new URL(endpoints.discovery).origin, new URL(endpoints.federation).origin];
  if (discovery === federation) return [];
  const setting = federationUrl === null ? SETTINGS.discoveryUrl : SETTINGS.federationUrl;
  const problem = `the discovery endpoint is on ${discovery} and the federation endpoint on ${federation}, they must share one origin`;
  return [problemOf(setting, problem)];
}
