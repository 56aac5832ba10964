import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Summary } from './scenario.js';
import { simulate } from './simulate.js';

interface Ran {
  readonly exitCode: number;
  readonly printed: string;
  readonly told: string;
}

function run(...args: string[]): Ran {
  const [printed, told]: [string[], string[]] = [[], []];
  const exitCode = simulate(args, {
    print: (text) => void printed.push(text),
    tell: (text) => void told.push(text),
  });
  return { exitCode, printed: printed.join('\n'), told: told.join('\n') };
}

function summaryOf(...args: string[]): Summary {
  return JSON.parse(
    run(...args)
      .printed.split('\n')
      .at(-1)!,
  ) as Summary;
}

describe('the command line', () => {
  it.each([
    [['--scenario', 'nonsense'], 'Allowed choices are spread, join, churn'],
    [['--nodes', '1'], 'A whole number from 2 to 100000'],
    [['--nodes', 'many'], 'A whole number from 2 to 100000'],
    [['--seed', '-1'], 'A whole number from 0'],
    [['--loss', '1'], 'A share from 0 up to, but not, 1'],
    [['--dead', '20%'], 'A share from 0 up to, but not, 1'],
    [['--nonsense'], "unknown option '--nonsense'"],
    [['10'], 'too many arguments'],
    [['--scenario', 'sybil', '--nodes', '20'], 'needs at least 50 nodes'],
    [['--nodes', '2', '--json', '/nowhere/at/all.json'], 'cannot write /nowhere/at/all.json: ENOENT'],
  ])('%j is refused with 2 and a reason', (args, reason) => {
    const { exitCode, told, printed } = run(...args);
    expect([exitCode, printed]).toEqual([2, '']);
    expect(told).toContain(reason);
  });

  it('tells of every scenario when asked for help', () => {
    const { exitCode, printed } = run('--help');
    expect(exitCode).toBe(0);
    for (const name of ['spread', 'partition', 'sybil', 'flood', 'skew'])
      expect(printed).toContain(`  ${name} `);
  });
});

describe('a run', () => {
  it('prints a table, and the summary as its last line', () => {
    const { exitCode, printed, told } = run('--nodes', '20');
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/^run +rounds to 99\.9 %/);
    expect(JSON.parse(printed.split('\n').at(-1)!)).toMatchObject({
      scenario: 'spread',
      nodes: 20,
      seed: 1,
      signatures: 'rsa',
      coverage: 1,
    });
    expect(told).toContain('run 20 of 20');
  });

  it('writes the same as JSON, and a plot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
    try {
      const [json, svg] = [join(folder, 'x.json'), join(folder, 'x.svg')];
      const { printed } = run('--scenario', 'flood', '--json', json, '--svg', svg);
      const written = JSON.parse(readFileSync(json, 'utf8')) as {
        summary: unknown;
        table: { rows: unknown[] };
      };
      expect(written.summary).toEqual(JSON.parse(printed.split('\n').at(-1)!));
      expect(written.table.rows).toHaveLength(4);
      expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<polyline [\s\S]*<\/svg>\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('repeats itself with the same seed, and not with another', () => {
    const args = ['--nodes', '150', '--loss', '0.05', '--dead', '0.2'];
    const first = summaryOf(...args, '--seed', '7');
    expect(summaryOf(...args, '--seed', '7')).toEqual(first);
    const other = summaryOf(...args, '--seed', '8');
    expect({ ...other, seed: 7 }).not.toEqual(first);
  });
});

describe('the scenario', () => {
  it('spread reaches all of the living, for fewer than 3.8 records each, through loss and the dead', () => {
    const summary = summaryOf('--nodes', '120', '--loss', '0.05', '--dead', '0.2');
    expect(summary.coverage).toBe(1);
    expect(summary.roundsTo999).toBeLessThan(6.5);
    expect(summary.payloadsPerNode).toBeLessThan(3.8);
    expect(summary.bytesPerNodePerSecond).toBeLessThan(2_048);
  });

  it('join makes all known to all who came through one', () => {
    const summary = summaryOf('--scenario', 'join', '--nodes', '40');
    expect(summary.coverage).toBe(1);
    expect(summary.periodsAfterLastJoin).toBeLessThan(3);
  });

  it.each([
    ['failures', '100'],
    ['partition', '30'],
    ['legacy', '50'],
    ['skew', '40'],
    ['churn', '40'],
  ])('%s ends with all knowing the latest', (scenario, nodes) => {
    expect(summaryOf('--scenario', scenario, '--nodes', nodes).coverage).toBe(1);
  });

  it('flood keeps checks to one a second, and lets the honest in within an hour', () => {
    const summary = summaryOf('--scenario', 'flood');
    expect(summary.checksInBusiestHour).toBeLessThanOrEqual(3_600 + 8);
    expect(summary.checksInBusiestMinute).toBeLessThanOrEqual(60 + 8);
    expect(summary.longestQueue).toBeLessThanOrEqual(1_000);
    expect(summary.honestLeftOut).toBe(0);
    expect(summary.longestWaitMinutes).toBeLessThanOrEqual(60);
  });
});
