import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import { helpNotes } from './help.js';
import { type CommandContext, report } from './commands/command-context.js';
import { terminalJson } from './terminal-text.js';

interface ImportedList {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: readonly { readonly server_uuid: string; readonly code: string }[];
}

/** Refusals that are named; the others are counted. */
const SHOWN_REFUSALS = 20;

/** Writes the directory to a file (wire protocol 2.2). */
export function exportPeers(context: CommandContext): Command {
  return new Command('export')
    .summary('write down what others may be told of the known servers')
    .description(
      'Writes the records of the known servers as JSON, signed by this server, for one that cannot be reached over the network.',
    )
    .option('--file <path>', 'write to this file; else to standard output')
    .addHelpText(
      'after',
      helpNotes(['lattice peers export --file peers.json', 'lattice peers export > peers.json']),
    )
    .action(async ({ file }: { readonly file?: string }) => {
      const daemon = await context.daemon();
      const lists: unknown[] = [];
      for (let after: string | null = ''; after !== null;) {
        const query: string = after === '' ? '' : `?after=${encodeURIComponent(after)}`;
        const page = await daemon.getObject(`/api/v1/peer-lists${query}`);
        lists.push(page.list);
        after = typeof page.next === 'string' ? page.next : null;
      }
      const text = terminalJson(lists, 0);
      if (file === undefined) return context.print(text);
      await writeFile(file, `${text}\n`, { flag: 'wx', mode: 0o644 }).catch((error: unknown) => {
        throw new CliError(EXIT.failed, `${file} cannot be written: ${messageOf(error)}`);
      });
      const count = (lists as { records: unknown[] }[]).reduce((sum, { records }) => sum + records.length, 0);
      context.print(`${count} servers were written to ${file}.`);
    });
}

/** Takes such a file. */
export function importPeers(context: CommandContext): Command {
  return new Command('import')
    .summary('take the servers that another one wrote down')
    .description(
      'Takes the records of a file of `lattice peers export`. Each is verified; nobody is called. Servers that were not known are kept as hints until there is use for them.',
    )
    .argument('<file>', 'as `lattice peers export` wrote it')
    .option('--json', 'print what became of them as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice peers import peers.json'], { 1: 'refused: the file is none, or was not signed' }),
    )
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const lists = await readLists(file);
      const daemon = await context.daemon();
      const sum = { added: 0, changed: 0, unchanged: 0, refused: [] as ImportedList['refused'][number][] };
      for (const list of lists) {
        const done = (await daemon.post('/api/v1/peer-lists/import', list)) as unknown as ImportedList;
        sum.added += done.added;
        sum.changed += done.changed;
        sum.unchanged += done.unchanged;
        sum.refused.push(...done.refused);
      }
      report(context, sum, options, inWords(sum));
    });
}

async function readLists(file: string): Promise<object[]> {
  let lists: unknown;
  try {
    lists = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(EXIT.failed, `${file} cannot be read: ${messageOf(error)}`);
  }
  if (!Array.isArray(lists) || !lists.every((list) => typeof list === 'object' && list !== null)) {
    throw new CliError(EXIT.failed, `${file} is no list of servers as \`lattice peers export\` writes it.`);
  }
  return lists as object[];
}

function inWords({ added, changed, unchanged, refused }: ImportedList): string[] {
  return [
    `${added} servers are new, ${changed} changed, ${unchanged} were known so, ${refused.length} were refused.`,
    ...refused.slice(0, SHOWN_REFUSALS).map((one) => `  ${one.server_uuid}: ${one.code}`),
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
