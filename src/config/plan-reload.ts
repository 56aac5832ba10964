import { isDeepStrictEqual } from 'node:util';
import {
  SETTING_NAMES,
  type SettingInForce,
  type SettingName,
  type SettingsInForce,
} from './read-settings.js';
import { SECRET_STORE_SETTINGS } from './secret-store-settings.js';
import { SETTINGS } from './settings.js';

/** A setting that is no longer what it was, as it may be shown; null is unset. */
export interface SettingChange {
  readonly variable: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface ReloadPlan {
  /** What is in force afterwards: as read anew where it may change, else as before. */
  readonly settings: SettingsInForce;
  readonly changed: readonly SettingChange[];
  /** Changes that a running daemon does not take. */
  readonly needsRestart: readonly SettingChange[];
}

const HIDDEN = '(hidden)';

/** What a running daemon takes of a configuration that was read anew. */
export function planReload(running: SettingsInForce, next: SettingsInForce): ReloadPlan {
  const differing = SETTING_NAMES.filter((name) => !isDeepStrictEqual(running[name].value, next[name].value));
  const needsRestart = differing.filter((name) => !isLive(name, differing));
  const change = (name: SettingName): SettingChange => ({
    variable: running[name].setting.variable,
    from: shown(running[name]),
    to: shown(next[name]),
  });
  const kept = new Set(needsRestart);
  return {
    settings: Object.fromEntries(
      SETTING_NAMES.map((name) => [name, kept.has(name) ? running[name] : next[name]]),
    ) as SettingsInForce,
    changed: differing.filter((name) => !kept.has(name)).map(change),
    needsRestart: needsRestart.map(change),
  };
}

/** A value as it may be seen by whoever reads a log or a terminal; null is unset. */
export function shown({ setting, text }: SettingInForce): string | null {
  return setting.secret && text !== null ? HIDDEN : text;
}

/** A login changes while it leads to the same place; to another one it belongs to what waits for the restart. */
function isLive(name: SettingName, differing: readonly SettingName[]): boolean {
  if (name in SECRET_STORE_SETTINGS && differing.some(movesStore)) return false;
  return isMarkedLive(name);
}

function movesStore(name: SettingName): boolean {
  return name in SECRET_STORE_SETTINGS && !isMarkedLive(name);
}

function isMarkedLive(name: SettingName): boolean {
  return SETTINGS[name].change === 'live';
}
