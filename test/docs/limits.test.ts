import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Setting } from '../../src/config/setting.js';
import { SETTINGS } from '../../src/config/settings.js';
import { sourceFiles, textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const rows = tableRows(textOf('docs/limits.md'), 'constant').map(([name, value, , file]) => ({
  name: code(name),
  value: value!,
  file: code(file),
}));

/** Bounds on what no stranger controls: the simulator, our own log, our own settings, secrets, and how a parser shares memory. */
const NOT_FOR_STRANGERS = /^src\/(config|observability|secrets|simulation)\//;
const NO_LIMITS = new Set(['MAX_SHARED_LENGTH', 'MAX_MODULUS_BITS']);

describe('docs/limits.md', () => {
  it.each(rows)('says $value for $name, as $file does', ({ name, value, file }) => {
    expect(valueIn(file, name)).toBe(plainNumber(value));
  });

  it('has every constant of src/protocol/limits.ts that bounds a size or an age', () => {
    const named = new Set(rows.map(({ name }) => name));
    const bounds = constantNames('src/protocol/limits.ts').filter((name) => /^MAX_|_MAX_/.test(name));
    expect(bounds.filter((name) => !named.has(name))).toEqual([]);
  });

  it('has every MAX_ constant of the code', () => {
    const named = new Set(rows.map(({ name, file }) => `${file} ${name}`));
    const files = sourceFiles().filter((file) => !NOT_FOR_STRANGERS.test(file));
    const bounds = files.flatMap((file) => constantNames(file).map((name) => `${file} ${name}`));
    expect(bounds.length).toBeGreaterThan(40);
    const missing = bounds.filter((bound) => {
      const name = bound.split(' ')[1]!;
      return name.startsWith('MAX_') && !NO_LIMITS.has(name) && !named.has(bound);
    });
    expect(missing).toEqual([]);
  });
});

/** The value of a numeric constant of a file, or the default of a setting. */
function valueIn(file: string, name: string): number {
  const setting = (Object.values(SETTINGS) as Setting<unknown>[]).find(({ variable }) => variable === name);
  if (setting !== undefined) return Number(setting.default);
  const expression = new RegExp(`^(?:export )?const ${name} = ([^;]+);`, 'm').exec(textOf(file))?.[1];
  if (expression === undefined) throw new Error(`${file} has no constant ${name}`);
  return expression
    .split('*')
    .map((factor) => factor.trim())
    .map((factor) =>
      /^[A-Z]/.test(factor) ? valueIn(homeOf(factor, file), factor) : Number(factor.replaceAll('_', '')),
    )
    .reduce((product, factor) => product * factor, 1);
}

/** The file that has a constant which this one uses: itself, or the one that it imports it from. */
function homeOf(name: string, file: string): string {
  const imported = new RegExp(`^import \\{[^}]*\\b${name}\\b[^}]*\\} from '(\\..+)\\.js';`, 'm');
  const from = imported.exec(textOf(file))?.[1];
  return from === undefined ? file : join(dirname(file), `${from}.ts`);
}

function constantNames(file: string): string[] {
  return [...textOf(file).matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]+) = [\d_*\sA-Z]+;/gm)].map(
    (match) => match[1]!,
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  days: 86_400_000,
  KiB: 1024,
  MiB: 1024 * 1024,
};

/** `200,000`, `5 min`, `64 KiB` as the number that the code has. */
function plainNumber(text: string): number {
  const [, digits = '', unit = ''] = /^([\d,.]+)(?: (\w+))?$/.exec(text) ?? [];
  return Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? NaN);
}
