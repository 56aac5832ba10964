import type { Parser } from './parsed.js';

/** Whether a change takes effect when the configuration is read again (SIGHUP), or at the next start. */
export type Change = 'live' | 'restart';

/** One variable. docs/configuration.md shows the same table, and a test compares the two. */
export interface Setting<T> {
  readonly variable: `LATTICE_${string}` | `VAULT_${string}` | 'CREDENTIALS_DIRECTORY';
  readonly what: string;
  /** As it would be written in the environment; null where being unset is a value of its own. */
  readonly default: string | null;
  /** What being unset means, where the default does not say it. */
  readonly unset?: string;
  readonly example: string;
  readonly change: Change;
  readonly parse: Parser<T>;
  /** Its value appears in no error, log or answer. */
  readonly secret?: true;
  /** The name under which the secret store may hold it. */
  readonly storeKey?: string;
}

export interface OptionalSetting<T> extends Setting<T> {
  readonly default: null;
  readonly unset: string;
}

export interface DefaultedSetting<T> extends Setting<T> {
  readonly default: string;
}

export function optional<T>(setting: Omit<OptionalSetting<T>, 'default'>): OptionalSetting<T> {
  return { ...setting, default: null };
}

export function defaulted<T>(setting: DefaultedSetting<T>): DefaultedSetting<T> {
  return setting;
}
