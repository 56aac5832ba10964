import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIG_EXIT_CODE } from './config-error.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);

const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

function rowOf(setting: Setting<unknown>): string[] {
  const { variable, what, example, storeKey, change } = setting;
  const meaning = setting.unset ?? `\`${setting.default}\``;
  return [
    `\`${variable}\``,
    what,
    meaning,
    `\`${example}\``,
    storeKey === undefined ? '' : `\`${storeKey}\``,
    change,
  ];
}

describe('docs/configuration.md', () => {
  it('has a row for each variable and no other', () => {
    expect(rows.map(([variable]) => variable)).toEqual(settings.map(({ variable }) => `\`${variable}\``));
  });

  it.each(settings.map((setting) => [setting.variable, setting] as const))(
    'says of %s what the settings table says',
    (variable, setting) => {
      expect(rows.find(([name]) => name === `\`${variable}\``)).toEqual(rowOf(setting));
    },
  );

  it('names no other variable anywhere', () => {
    const named = text.match(/LATTICE_[A-Z_]*[A-Z]/g) ?? [];
    const examplesOfMistakes = ['LATTICE_BOOTSTRAP_SERVER', 'LATTICE_SERVICE_HOST', 'LATTICE_TEST'];
    const known = new Set<string>([...settings.map(({ variable }) => variable), ...examplesOfMistakes]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('gives the exit code', () => {
    expect(text).toContain(`code ${CONFIG_EXIT_CODE}`);
  });
});
