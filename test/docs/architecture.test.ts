import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { SETTINGS } from '../../src/config/settings.js';
import { MIGRATIONS } from '../../src/database/migrations/all.js';
import { taskTable, type TaskParts } from '../../src/maintenance/task-table.js';
import { sourceFiles, textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const text = textOf('docs/architecture.md');
const sources = sourceFiles().flatMap((path) => {
  const module = /^src\/(?!observability)([^/]+)\//.exec(path)?.[1];
  return module === undefined ? [] : [{ module, source: textOf(path) }];
});

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly path?: string };
}

describe('the floors of docs/architecture.md', () => {
  const documented = tableRows(text, 'floor').map(([, modules]) =>
    [...modules!.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
  );

  it('are numbered from the ground', () => {
    expect(tableRows(text, 'floor').map(([number]) => number)).toEqual(
      documented.map((_modules, level) => String(level)),
    );
  });

  it('are those of the dependency rules', () => {
    const source = /const floors = (\[[\s\S]*?\n\]);/.exec(textOf('.dependency-cruiser.cjs'))![1]!;
    const floors = JSON.parse(source.replaceAll("'", '"').replace(/,(\s*\])/g, '$1')) as string[][];
    expect(documented).toEqual(floors);
  });

  it('forbid by rule each way up and sideways', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      forbidden: Rule[];
    };
    for (const [level, floor] of documented.entries()) {
      for (const module of floor) {
        const rule = forbidden.find(({ name }) => name === `${module}-imports-downward`);
        const others = documented.slice(level).flat();
        for (const other of others.filter((name) => name !== module)) {
          expect(new RegExp(rule!.to.path!).test(`src/${other}/x.ts`), `${module} to ${other}`).toBe(true);
        }
      }
    }
  });

  it('hold every folder of src', () => {
    const folders = sourceFiles().flatMap((path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect(documented.flat().sort()).toEqual([...new Set(folders)].sort());
  });
});

describe('the tables of docs/architecture.md', () => {
  it('are those that the migrations make', async () => {
    const statements: string[] = [];
    const runner = { query: (sql: string) => Promise.resolve(void statements.push(sql)) };
    for (const Migration of MIGRATIONS) await new Migration().up(runner as never);
    const made = [...statements.join('\n').matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]!);
    expect(made.length).toBeGreaterThan(0);
    expect(
      tableRows(text, 'table')
        .map(([name]) => code(name))
        .sort(),
    ).toEqual(made.sort());
  });
});

describe('the events of docs/architecture.md', () => {
  const rows = tableRows(text, 'event');

  it('are the domain events, in their order', () => {
    const source = textOf('src/observability/events.ts');
    const names = [...source.matchAll(/^ {2}'([a-z]+\.[a-z]+)':/gm)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(0);
    expect(rows.map(([name]) => code(name))).toEqual(names);
  });

  it.each(rows.map(([name, emits, acts]) => [code(name), emits!, acts!] as const))(
    'say who emits %s, who listens, and whether it is counted',
    (name, emits, acts) => {
      expect(modulesIn(emits)).toEqual(modulesWith(`(?<!\\.on\\(\\s*|DomainEvents\\[)'${name}'`));
      expect(modulesIn(acts)).toEqual(modulesWith(`\\.on\\(\\s*'${name}'`));
      const counts = new RegExp(`\\.on\\(\\s*'${name}'`).test(
        textOf('src/observability/metrics/record-events.ts'),
      );
      expect(/\bcounted$/.test(acts)).toBe(counts);
    },
  );
});

/** The modules that a cell names. */
function modulesIn(cell: string): string[] {
  return [...new Set([...cell.matchAll(/`([a-z]+)`/g)].map((match) => match[1]!))].sort();
}

/** The modules of which a file matches, but for `observability`, which hears everything. */
function modulesWith(pattern: string): string[] {
  const matching = sources.filter(({ source }) => new RegExp(pattern).test(source));
  return [...new Set(matching.map(({ module }) => module))].sort();
}

describe('the tasks of docs/architecture.md', () => {
  const config = readConfig({}, {}, { isTerminal: false });
  const records = { untilRefreshMs: (intervalMs: number) => intervalMs };
  const tasks = taskTable({ config, records, proxyCheck: { isOff: false } } as unknown as TaskParts);
  const rows = tableRows(text, 'task');

  it('are those of the task table, in its order', () => {
    expect(rows.map(([name]) => code(name))).toEqual(tasks.map(({ name }) => name));
  });

  it.each(tasks.map((task) => [task.name, task] as const))('say when %s runs', (name, task) => {
    const [, every = '', firstAfter, , fromOutside] = rows.find(([cell]) => code(cell) === name)!;
    expect(milliseconds(every)).toBe(task.everyMs());
    expect(milliseconds(firstAfter!)).toBe(task.firstAfterMs);
    expect(fromOutside !== '').toBe(task.canBeDriven);
  });

  it('name those that come a fifth early or late, and not a tenth', () => {
    const [, names = ''] = /a fifth for ([^,]+),/.exec(text) ?? [];
    const spreads = new Map(tasks.map(({ name, spread }) => [name, spread]));
    expect([...names.matchAll(/`([^`]+)`/g)].map((match) => match[1])).toEqual(
      [...spreads].flatMap(([name, spread]) => (spread === 0.2 ? [name] : [])),
    );
    expect(new Set(spreads.values())).toEqual(new Set([0.1, 0.2]));
  });
});

const DURATION_UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `5 s`, `1 h; ...`, or the default of a setting. */
function milliseconds(cell: string): number {
  const setting = Object.values(SETTINGS).find(({ variable }) => variable === code(cell));
  const [, amount, unit = ''] = /^(\d+) ?([smh])\b/.exec(setting?.default ?? cell) ?? [];
  return Number(amount) * (DURATION_UNITS[unit] ?? NaN);
}
