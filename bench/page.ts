import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

/** A number to reach, and what was measured. */
export interface Bar {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly reached: boolean;
}

export const bar = (what: string, wanted: string, got: string, reached: boolean): Bar => ({
  what,
  wanted,
  got,
  reached,
});

export function barsTable(bars: readonly Bar[]): string {
  return table(
    ['what', 'to reach', 'measured', ''],
    bars.map(({ what, wanted, got, reached }) => [what, wanted, got, reached ? 'reached' : '**missed**']),
  );
}

/** In Markdown; Prettier aligns it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

export function machine(): string {
  return `${cpus().length} cores (${arch()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
}

/** Puts what was measured into docs/performance.md, between `<!-- part -->` and `<!-- end of part -->`. */
export async function writePage(part: string, measured: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const marked = new RegExp(`(<!-- ${part} -->\n)[^]*(\n<!-- end of ${part} -->)`);
  if (!marked.test(page)) throw new Error(`${PAGE} has no place for ${part}`);
  const text = page.replace(marked, (_, before: string, after: string) => `${before}\n${measured}\n${after}`);
  await writeFile(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}
