import { Command } from 'commander';
import { shown } from '../../config/plan-reload.js';
import type { SettingInForce } from '../../config/read-settings.js';
import { helpNotes } from '../help.js';
import type { CommandContext } from './command-context.js';

const ABOUT =
  'Shows every setting with its value, where that comes from, and whether a change takes effect when the daemon reads its ' +
  'configuration again (live) or at the next start (restart). It reads what the daemon would read now: the environment, ' +
  'LATTICE_ENV_FILE and the secret store. A daemon that is running has what these said when it last read them. Secrets are hidden.';

/** What the settings are, and why. */
export function config(context: CommandContext): Command {
  return new Command('config')
    .summary('show every setting, where its value comes from, and when a change takes effect')
    .description(ABOUT)
    .option('--json', 'print them as JSON')
    .addHelpText('after', helpNotes(['lattice config', 'lattice --env-file /etc/lattice/lattice.env config']))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const rows = Object.values(await context.settings()).map(rowOf);
      context.print(json === true ? JSON.stringify(rows, null, 2) : table(rows));
    });
}

interface Row {
  readonly variable: string;
  /** Null where it is unset and has no default. */
  readonly value: string | null;
  readonly source: string;
  readonly change: string;
}

function rowOf(inForce: SettingInForce): Row {
  const { setting, source } = inForce;
  const value = shown(inForce);
  return {
    variable: setting.variable,
    value,
    source: value === null ? 'unset' : source,
    change: setting.change,
  };
}

/** Columns are aligned but for the last, which may be long. */
function table(rows: readonly Row[]): string {
  const cells = rows.map(({ variable, value, source, change }) => [variable, source, change, value ?? '']);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
