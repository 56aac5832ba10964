import { ConfigError, type ConfigProblem } from './config-error.js';
import { merged, type Environment, type Layers } from './environment.js';
import { nearest } from './nearest.js';
import type { Parsed } from './parsed.js';
import { chooseSecretStore } from './secret-store-choice.js';
import { SECRET_STORE_SETTINGS } from './secret-store-settings.js';
import type { DefaultedSetting, OptionalSetting, Setting } from './setting.js';
import { SETTINGS, type Settings } from './settings.js';

/** What the secret store holds, by secret name (`admin_token`, `app_url`, ...); names without a setting are ignored. */
export type StoredSettings = Readonly<Record<string, string>>;

export type SettingName = keyof Settings;
type ValueOf<S> =
  S extends OptionalSetting<infer T> ? T | null : S extends DefaultedSetting<infer T> ? T : never;
export type Values = { readonly [N in SettingName]: ValueOf<Settings[N]> };

export type Source = 'environment' | 'environment file' | 'secret store' | 'default';

/** A value with its origin. */
export interface SettingInForce {
  readonly setting: Setting<unknown>;
  readonly value: unknown;
  /** As it was written, or the default; null where it is unset and has none. May be secret. */
  readonly text: string | null;
  readonly source: Source;
}

/** Every setting; `valuesOf` has them with their types. */
export type SettingsInForce = { readonly [N in SettingName]: SettingInForce };

const PREFIX = 'LATTICE_';
/** Variables of the test suite. */
const EXEMPT_PREFIX = 'LATTICE_TEST_';
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
const SETTING_BY_VARIABLE: ReadonlyMap<string, Setting<unknown>> = new Map(
  Object.values(SETTINGS).map((setting) => [setting.variable, setting]),
);

export interface Reading {
  /** Of those that could be read. */
  readonly settings: Partial<SettingsInForce>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads each value by itself, and those that say where the secrets are together: the environment file beats the
 * environment, that beats the secret store, that beats the default; empty text is unset.
 */
export function readEach(layers: Layers, stored: StoredSettings): Reading {
  const readings = SETTING_NAMES.map((name) => ({ name, ...read(SETTINGS[name], layers, stored) }));
  const settings = Object.fromEntries(
    readings.flatMap(({ name, parsed, ...origin }) =>
      'value' in parsed ? [[name, { ...origin, value: parsed.value }]] : [],
    ),
  ) as Partial<SettingsInForce>;
  const problems = readings.flatMap(({ setting, parsed }) =>
    'problem' in parsed ? [problemOf(setting, parsed.problem)] : [],
  );
  return {
    settings,
    problems: [...problems, ...secretStoreProblems(valuesOf(settings)), ...unknownVariables(merged(layers))],
  };
}

/** @throws ConfigError where there are problems */
export function failWith(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

export function problemOf(setting: Setting<unknown>, problem: string): ConfigProblem {
  return { variable: setting.variable, problem, example: `${setting.variable}=${setting.example}` };
}

export function valuesOf(settings: SettingsInForce): Values;
export function valuesOf(settings: Partial<SettingsInForce>): Partial<Values>;
export function valuesOf(settings: Partial<SettingsInForce>): Partial<Values> {
  return Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]));
}

/** Only where its settings could be read at all. */
function secretStoreProblems(values: Partial<Values>): readonly ConfigProblem[] {
  const isComplete = [...Object.keys(SECRET_STORE_SETTINGS), 'dataDir'].every((name) => name in values);
  const decision = isComplete ? chooseSecretStore(values as Values) : { problems: [] };
  return 'problems' in decision ? decision.problems : [];
}

type Parsing = Omit<SettingInForce, 'value'> & { readonly parsed: Parsed<unknown> };

function read(setting: Setting<unknown>, layers: Layers, stored: StoredSettings): Parsing {
  const { source, text } = origin(setting, layers, stored);
  if (text === null) return { setting, source, text, parsed: { value: null } };
  const parsed = setting.parse(text);
  if ('value' in parsed || source !== 'secret store') return { setting, source, text, parsed };
  const problem = `${parsed.problem} (from the secret store: ${setting.storeKey})`;
  return { setting, source, text, parsed: { problem } };
}

function origin(
  setting: Setting<unknown>,
  { own, file }: Layers,
  stored: StoredSettings,
): { readonly source: Source; readonly text: string | null } {
  const { variable, storeKey } = setting;
  const isInFile = file[variable] !== undefined;
  const fromEnvironment = given(setting, isInFile ? file[variable] : own[variable]);
  if (fromEnvironment !== null)
    return { source: isInFile ? 'environment file' : 'environment', text: fromEnvironment };
  const fromStore = storeKey === undefined ? null : given(setting, stored[storeKey]);
  if (fromStore !== null) return { source: 'secret store', text: fromStore };
  return { source: 'default', text: setting.default };
}

/** The text without what editors and env files leave around it. Of a secret only the line end goes: a space is an error. */
function given(setting: Setting<unknown>, text = ''): string | null {
  const cleaned = setting.secret ? text.replace(/[\r\n]+$/, '') : text.trim();
  return cleaned === '' ? null : cleaned;
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
