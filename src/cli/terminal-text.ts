import { escapedCharacter, plainMessage } from '../observability/plain.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../protocol/durations.js';

/** Marks that turn the direction of what follows: with them a text can look like another one. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** What JSON leaves as it is although a terminal would act upon it, or show it as something else. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line that a terminal shows and does not obey: names, endpoints and reasons come from strangers. */
export function terminalLine(text: string): string {
  return plainMessage(text, (same) => same).replace(BIDI, escapedCharacter);
}

/** JSON for programs that is safe to look at too; a parser reads the same values. */
export function terminalJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_JSON, escapedCharacter);
}

/** `2 h 5 min`, `3 days`: the two largest units at most. */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  return `${Math.floor(ms / HOUR_MS)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
}

/** A time of the daemon, such as `2026-11-23T01:02:03.456789+00:00`, as seen from now; `never` for null. */
export function ago(timestamp: unknown, nowMs: number, never = 'never'): string {
  if (typeof timestamp !== 'string') return never;
  const ms = nowMs - Date.parse(timestamp);
  if (Number.isNaN(ms)) return timestamp;
  return ms >= 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}

/** In characters; without end for what is no terminal, and for one that says 0, as it does not know. */
export function widthOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns > 0 ? columns : Infinity;
}

/**
 * Rows as columns, below their headings.
 * @param width of the terminal: the widest columns give way until all fit; null lets them be as wide as they are
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] {
  return aligned([headings, ...rows], width);
}

/** The same without headings. */
export function aligned(rows: readonly (readonly string[])[], width: number | null): string[] {
  const lines = rows.map((row) => row.map(terminalLine));
  const widths = rows[0]!.map((_, column) => Math.max(...lines.map((line) => [...line[column]!].length)));
  const gaps = GAP.length * (widths.length - 1);
  while (width !== null && sum(widths) + gaps > width && Math.max(...widths) > NARROWEST) {
    widths[widths.indexOf(Math.max(...widths))]! -= 1;
  }
  return lines.map((line) =>
    line
      .map((cell, column) => fitted(cell, widths[column]!))
      .join(GAP)
      .trimEnd(),
  );
}

/** Names and values, the values below each other. */
export function fields(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${terminalLine(value)}`);
}

/** Lines of at most so many characters, broken at spaces; a longer word stands alone. @param hanging before all but the first */
export function wrapped(text: string, width: number, hanging = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push((last === undefined ? '' : hanging) + word);
  }
  return lines;
}

/** Sentences below a heading, in lines of at most so many characters. */
export function indented(sentences: readonly string[], width: number): string[] {
  return sentences.flatMap((each) => wrapped(each, width - GAP.length, GAP)).map((line) => GAP + line);
}

const GAP = '  ';
const NARROWEST = 6;

function fitted(cell: string, width: number): string {
  const characters = [...cell];
  return characters.length <= width
    ? cell + ' '.repeat(width - characters.length)
    : `${characters.slice(0, width - 1).join('')}…`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
