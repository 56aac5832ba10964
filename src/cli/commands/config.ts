import { Command } from 'commander';
import { shown } from '../../config/plan-reload.js';
import type { SettingInForce } from '../../config/read-settings.js';
import { helpNotes } from '../help.js';
import { aligned } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';

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
    .action(async (options: { readonly json?: boolean }) => {
      const rows = Object.values(await context.settings()).map(rowOf);
      report(context, rows, options, inWords(rows));
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

/** As wide as they are: a value that is cut short would mislead. */
function inWords(rows: readonly Row[]): string[] {
  return aligned(
    rows.map(({ variable, value, source, change }) => [variable, source, change, value ?? '']),
    null,
  );
}
