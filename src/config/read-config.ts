import type { Endpoints } from '../protocol/endpoints.js';
import type { Config } from './config.js';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { defaultEndpoints, endpointsUnder } from './default-endpoints.js';
import { nearest } from './nearest.js';
import type { Parsed } from './parsed.js';
import { chooseSecretStore, type SecretStoreChoice } from './secret-store-choice.js';
import { SECRET_STORE_SETTINGS } from './secret-store-settings.js';
import type { DefaultedSetting, OptionalSetting, Setting } from './setting.js';
import { SETTINGS, type Settings } from './settings.js';

/** The environment, name to value. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** What the secret store holds, by secret name (`admin_token`, `app_url`, ...); names without a setting are ignored. */
export type StoredSettings = Readonly<Record<string, string>>;

type SettingName = keyof Settings;
type SecretStoreSettingName = keyof typeof SECRET_STORE_SETTINGS;
type ValueOf<S> =
  S extends OptionalSetting<infer T> ? T | null : S extends DefaultedSetting<infer T> ? T : never;
type Values = { readonly [N in SettingName]: ValueOf<Settings[N]> };
interface Reading {
  readonly name: SettingName;
  readonly setting: Setting<unknown>;
  readonly parsed: Parsed<unknown>;
}

const PREFIX = 'LATTICE_';
/** Variables of the test suite. */
const EXEMPT_PREFIX = 'LATTICE_TEST_';
const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
const SETTING_BY_VARIABLE: ReadonlyMap<string, Setting<unknown>> = new Map(
  Object.values(SETTINGS).map((setting) => [setting.variable, setting]),
);

/**
 * Reads the whole configuration: environment beats secret store beats default; empty text is unset.
 * @throws ConfigError with every problem.
 */
export function readConfig(env: Environment, stored: StoredSettings, context: ReadingContext): Config {
  const { values, problems } = readValues(env, stored);
  failWith([...problems, ...originProblems(values)]);
  return configOf(values as Values, context.isTerminal);
}

export interface ReadingContext {
  readonly isTerminal: boolean;
}

/**
 * What a process must know before it can ask the secret store, and so from the environment alone.
 * @throws ConfigError with every problem that the environment shows by itself.
 */
export function readBeginnings(
  env: Environment,
  { isTerminal }: ReadingContext,
): { readonly log: Config['log']; readonly secretStore: SecretStoreChoice } {
  const { values, problems } = readValues(env, {});
  failWith(problems);
  const complete = values as Values;
  return { log: logOf(complete, isTerminal), secretStore: secretStoreOf(complete) };
}

/** Each value by itself, and those that say where the secrets are. */
function readValues(
  env: Environment,
  stored: StoredSettings,
): { readonly values: Partial<Values>; readonly problems: ConfigProblem[] } {
  const readings = SETTING_NAMES.map((name): Reading => {
    const setting: Setting<unknown> = SETTINGS[name];
    return { name, setting, parsed: read(setting, env, stored) };
  });
  const values = Object.fromEntries(
    readings.flatMap(({ name, parsed }) => ('value' in parsed ? [[name, parsed.value]] : [])),
  ) as Partial<Values>;
  const problems = readings.flatMap(({ setting, parsed }) =>
    'problem' in parsed ? [problemOf(setting, parsed.problem)] : [],
  );
  return { values, problems: [...problems, ...secretStoreProblems(values), ...unknownVariables(env)] };
}

function failWith(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

function configOf(values: Values, isTerminal: boolean): Config {
  const {
    logLevel: _l,
    logFormat: _f,
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

/** Only where its settings could be read at all. */
function secretStoreProblems(values: Partial<Values>): readonly ConfigProblem[] {
  const isComplete = [...Object.keys(SECRET_STORE_SETTINGS), 'dataDir'].every((name) => name in values);
  const decision = isComplete ? chooseSecretStore(values as Values) : { problems: [] };
  return 'problems' in decision ? decision.problems : [];
}

function logOf({ logLevel, logFormat }: Values, isTerminal: boolean): Config['log'] {
  return { level: logLevel, format: logFormat ?? (isTerminal ? 'pretty' : 'json') };
}

function read(setting: Setting<unknown>, env: Environment, stored: StoredSettings): Parsed<unknown> {
  const fromEnvironment = given(setting, env[setting.variable]);
  if (fromEnvironment !== null) return setting.parse(fromEnvironment);
  const fromStore = setting.storeKey === undefined ? null : given(setting, stored[setting.storeKey]);
  if (fromStore !== null) {
    const parsed = setting.parse(fromStore);
    return 'value' in parsed
      ? parsed
      : { problem: `${parsed.problem} (from the secret store: ${setting.storeKey})` };
  }
  return setting.default === null ? { value: null } : setting.parse(setting.default);
}

/** The text without what editors and env files leave around it. Of a secret only the line end goes: a space is an error. */
function given(setting: Setting<unknown>, text = ''): string | null {
  const cleaned = setting.secret ? text.replace(/[\r\n]+$/, '') : text.trim();
  return cleaned === '' ? null : cleaned;
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

function unknownVariables(env: Environment): ConfigProblem[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(EXEMPT_PREFIX) && Boolean(env[name]))
    .filter((name) => !SETTING_BY_VARIABLE.has(name))
    .map((variable) => {
      const likely = nearest(variable, [...SETTING_BY_VARIABLE.keys()]);
      const example = SETTING_BY_VARIABLE.get(likely)?.example ?? '';
      return {
        variable,
        problem: `is not a known variable; did you mean ${likely}?`,
        example: `${likely}=${example}`,
      };
    });
}

function problemOf(setting: Setting<unknown>, problem: string): ConfigProblem {
  return { variable: setting.variable, problem, example: `${setting.variable}=${setting.example}` };
}
