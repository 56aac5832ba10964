import type { Acquaintance } from './acquaintance.js';

/** A daemon as the picture shows it. */
export interface Figure {
  readonly name: string;
  readonly isStarted: boolean;
  /** Null until it answers. */
  readonly url: string | null;
}

/** A row for each daemon, a column for each that it may know. */
export function tableLines(figures: readonly Figure[], acquaintance: Acquaintance): string[] {
  const names = figures.map(({ name }) => name);
  const width = Math.max(...names.map((name) => name.length));
  const header = [' '.repeat(width), ...names].join('  ');
  const rows = figures.map((figure) => {
    const known = acquaintance.get(figure.name) ?? new Set();
    const cells = names.map((name) => centred(markOf(figure.name, name, known), name.length));
    return [figure.name.padEnd(width), ...cells, stateOf(figure, known, names.length - 1)].join('  ');
  });
  return [header, ...rows].map((line) => `  ${line}`.trimEnd());
}

/** What to try while the daemons run. No line is wider than the 80 columns that a terminal has at least. */
export function nextSteps(asked: Figure, sought: Figure): string[] {
  return [
    'Ask them yourself, in another terminal:',
    `  curl ${asked.url}/api/v1/peers                 whom ${asked.name} knows`,
    `  curl -X POST ${asked.url}/api/v1/route/${sought.name}  where ${sought.name} is`,
    `  curl ${asked.url}/health                       how ${asked.name} is`,
    'They keep running. Ctrl-C ends them and removes their data.',
  ];
}

function markOf(who: string, whom: string, known: ReadonlySet<string>): string {
  if (who === whom) return '-';
  return known.has(whom) ? '✓' : '·';
}

function stateOf({ isStarted, url }: Figure, known: ReadonlySet<string>, others: number): string {
  if (url === null) return isStarted ? 'starting' : 'waiting';
  return `knows ${known.size} of ${others}  ${url}`;
}

function centred(mark: string, width: number): string {
  return mark.padStart(Math.ceil(width / 2)).padEnd(width);
}
