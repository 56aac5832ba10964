import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { problemsOf, PROBLEM_REASONS } from '../../src/maintenance/health-policy.js';
import { Metrics } from '../../src/observability/metrics/metrics.js';
import { root, textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const text = textOf('docs/monitoring/README.md');
const dashboard = JSON.parse(textOf('docs/monitoring/grafana-dashboard.json')) as Dashboard;
const alerts = textOf('docs/monitoring/alerts.yml');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; query: unknown }[] };
}

/** Every metric with its type and labels, as a registry of the daemon has it. */
async function registered(): Promise<Map<string, { type: string; labels: readonly string[] }>> {
  const { registry } = new Metrics('0.0.0');
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  return new Map(
    registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
      return [name, { type: types.get(name)!, labels: labelNames }];
    }),
  );
}

describe('docs/monitoring/README.md', () => {
  it('explains every metric with its type and its labels', async () => {
    const documented = tableRows(text, 'metric').map(([name, type, labels]) => [
      code(name),
      { type, labels: labels === '' ? [] : code(labels).split(', ') },
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(await registered()));
    expect(documented).toHaveLength((await registered()).size);
  });

  it('says each sentence of /health', () => {
    const all = problemsOf({
      nowMs: 1e9,
      startedAt: 0,
      gossipIntervalMs: 1,
      isDatabaseReachable: false,
      isSecretStoreUsable: false,
      isRevoked: true,
      isAdministrationOff: true,
      lastRoundAt: null,
      neighbors: 0,
      hasBootstrapServers: true,
      roundsInVain: 3,
      isClockDoubted: true,
      tasks: [{ task: 'cleanup', failures: 3 }],
    });
    expect(all).toHaveLength(PROBLEM_REASONS.length);
    expect(tableRows(text, 'reason').map(([reason, sentence]) => [code(reason), sentence])).toEqual(
      all.map(({ reason, detail }) => [reason, detail]),
    );
  });
});

function alertExpressions(): string[] {
  const found = [...alerts.matchAll(/^ +expr: (?:>-\n)?([\s\S]*?)\n +for:/gm)].map((match) => match[1]!);
  expect(found).toHaveLength([...alerts.matchAll(/^ +- alert: /gm)].length);
  return found;
}

describe.each([
  ['the dashboard', dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))],
  ['the alerts', alertExpressions()],
])('the expressions of %s', (_title, expressions) => {
  it('use metrics that there are, with labels that they have', async () => {
    const metrics = await registered();
    expect(expressions.length).toBeGreaterThan(8);
    const wrong = expressions.flatMap((expression) => faultsOf(expression, metrics));
    expect(wrong).toEqual([]);
  });
});

const withoutPromtool =
  spawnSync('promtool', ['--version']).error === undefined ? null : 'no promtool on this machine';

describe.skipIf(withoutPromtool !== null)(
  `Prometheus itself${withoutPromtool === null ? '' : ` (skipped: ${withoutPromtool})`}`,
  () => {
    const run = (command: string, ...rest: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync('promtool', [command, ...rest], {
        cwd: root,
        encoding: 'utf8',
      });
      return status === 0 ? 'well' : stdout + stderr;
    };

    it('takes the alerts', () => {
      expect(run('check', 'rules', 'docs/monitoring/alerts.yml')).toBe('well');
    });

    it('takes the scrape configuration', () => {
      expect(run('check', 'config', '--syntax-only', 'docs/monitoring/prometheus.yml')).toBe('well');
    });

    it('fires each alert when it should, and no other', () => {
      expect(run('test', 'rules', 'test/docs/alerts.test.yml')).toBe('well');
    });
  },
);

describe('the check of expressions', () => {
  it.each<[string, string[]]>([
    ['lattice_neighbors == 0', []],
    ['rate(lattice_http_requests_total{status=~"5.."}[5m])', []],
    ['lattice_neighbours == 0', ['lattice_neighbours']],
    ['rate(lattice_rounds_total[5m])', ['lattice_rounds_total']],
    ['lattice_neighbors{trust="x"}', ['lattice_neighbors{trust}']],
    ['sum by (kind) (lattice_neighbors)', ['by (kind)']],
    [
      'histogram_quantile(0.9, sum by (le) (rate(lattice_neighbors_bucket[5m])))',
      ['lattice_neighbors_bucket', 'by (le)'],
    ],
  ])('finds the faults of %s', async (expression, faults) => {
    expect(faultsOf(expression, await registered())).toEqual(faults);
  });
});

describe('the dashboard', () => {
  const { panels, templating } = dashboard;

  it('can be imported: it has what Grafana asks for, and asks which data source to use', () => {
    expect(dashboard).toMatchObject({ uid: 'lattice-discovery', title: 'Lattice discovery daemon' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { type, datasource } of panels)
      if (type !== 'row') expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  it('lays no panel over another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  it('shows every metric', async () => {
    const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
    const missing = [...(await registered()).keys()].filter((name) => !shown.includes(name));
    expect(missing).toEqual([]);
  });

  it('names series by labels that they still have', () => {
    for (const { targets = [] } of panels) {
      for (const { expr, legendFormat } of targets) {
        const by = /by \(([\w, ]+)\)/.exec(expr)?.[1]?.split(', ');
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!);
        if (by !== undefined) expect(named.filter((label) => !by.includes(label))).toEqual([]);
      }
    }
  });
});

type Registered = Awaited<ReturnType<typeof registered>>;

const OF_PROMETHEUS = ['job', 'instance'];

/** What an expression names that there is not. */
function faultsOf(expression: string, metrics: Registered): string[] {
  const used = [...expression.matchAll(/\b(lattice_\w+)(?:\{([^}]*)\})?/g)];
  const faults: string[] = [];
  const labels = new Set(OF_PROMETHEUS);
  for (const [, series = '', selector = ''] of used) {
    const metric = metrics.get(series) ?? histogramOf(series, metrics);
    if (metric === undefined) {
      faults.push(series);
      continue;
    }
    const own = [...OF_PROMETHEUS, ...metric.labels];
    if (series.endsWith('_bucket')) labels.add('le');
    for (const label of metric.labels) labels.add(label);
    const selected = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1]!);
    faults.push(...selected.filter((name) => !own.includes(name)).map((name) => `${series}{${name}}`));
  }
  const grouped = [...expression.matchAll(/\b(?:by|on) \(([\w, ]+)\)/g)].flatMap((match) =>
    match[1]!.split(', '),
  );
  if (used.length > 0)
    faults.push(...grouped.filter((name) => !labels.has(name)).map((name) => `by (${name})`));
  return faults;
}

function histogramOf(series: string, metrics: Registered): { labels: readonly string[] } | undefined {
  const metric = metrics.get(series.replace(/_(bucket|sum|count)$/, ''));
  return metric?.type === 'histogram' ? metric : undefined;
}
