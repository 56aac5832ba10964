import type { Plot } from './svg-plot.js';

export interface ScenarioOptions {
  readonly nodes: number;
  readonly seed: number;
  /** Share of messages lost each way, in [0, 1). */
  readonly loss: number;
  /** Share of servers dead from the start, unknown to the others, in [0, 1). */
  readonly dead: number;
}

export type Cell = string | number | null;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a run has shown: four figures that every scenario answers, null where it does not measure them, and its own. */
export interface Summary {
  /** Hops of 2 s until 99.9 % of the living held the record; a mean over runs. */
  readonly roundsTo999: number | null;
  /** Of the living, in the end, in [0, 1]; the least of all runs. */
  readonly coverage: number | null;
  /** Records sent whole, by each server, for each record. */
  readonly payloadsPerNode: number | null;
  readonly bytesPerNodePerSecond: number | null;
  readonly [figure: string]: unknown;
}

export interface Outcome {
  readonly table: Table;
  readonly summary: Summary;
  readonly plot: Plot;
}

export interface Scenario {
  /** One line for the help. */
  readonly about: string;
  readonly defaultNodes: number;
  readonly minNodes?: number;
  readonly run: (options: ScenarioOptions, progress: (text: string) => void) => Outcome;
}

export const NOT_MEASURED = {
  roundsTo999: null,
  coverage: null,
  payloadsPerNode: null,
  bytesPerNodePerSecond: null,
} as const;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which a share of the values lie; null without values. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
