import { writeFileSync } from 'node:fs';
import { readOptions, UsageError } from './options.js';
import type { Cell, Table } from './scenario.js';
import { SCENARIOS } from './scenarios/all.js';
import { STAND_IN_FROM } from './signatures.js';
import { svgPlot } from './svg-plot.js';

export interface Streams {
  readonly print: (text: string) => void;
  /** Progress and complaints. */
  readonly tell: (text: string) => void;
}

/** Runs what the command line asks for. Returns the exit code: 2 for a command line that is wrong. */
export function simulate(args: readonly string[], { print, tell }: Streams): number {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    (error.exitCode === 0 ? print : tell)(error.message);
    return error.exitCode;
  }
  const { scenario, nodes, seed, loss, dead, jsonFile, svgFile } = options;
  const { table, summary, plot } = SCENARIOS[scenario].run({ nodes, seed, loss, dead }, tell);
  const signatures = nodes < STAND_IN_FROM ? 'rsa' : 'stand-in';
  const whole = { scenario, nodes, seed, loss, dead, signatures, ...summary };
  const failure =
    write(jsonFile, `${JSON.stringify({ summary: whole, table }, null, 2)}\n`) ??
    write(svgFile, svgPlot(plot));
  if (failure !== null && failure !== undefined) {
    tell(`error: ${failure}`);
    return 2;
  }
  print(`${formatTable(table)}\n\n${JSON.stringify(whole)}`);
  return 0;
}

/** @returns what went wrong, or null */
function write(file: string | null, content: string): string | null {
  if (file === null) return null;
  try {
    writeFileSync(file, content);
    return null;
  } catch (error) {
    return `cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`;
  }
}

function formatTable({ columns, rows }: Table): string {
  const lines = [columns, ...rows].map((row) => row.map(cellText));
  const widths = columns.map((_, place) => Math.max(...lines.map((line) => line[place]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  const [head, ...body] = lines;
  return [head!, rule, ...body]
    .map((line) =>
      line
        .map((text, place) => text.padEnd(widths[place]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellText(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'number' ? cell.toLocaleString('en-GB', { maximumFractionDigits: 2 }) : cell;
}
