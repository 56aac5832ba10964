import { Command, Option } from 'commander';
import type { MigrationAction, MigrationReport } from '../../database/manage-migrations.js';
import { MemoryLogger } from '../../observability/memory-logger.js';
import { helpNotes } from '../help.js';
import { requireOwnFolder } from '../own-folder.js';
import { type CommandContext, report } from './command-context.js';

interface Options {
  readonly dryRun?: boolean;
  readonly undo?: boolean;
  readonly json?: boolean;
}

/** Brings the tables up to date, or one step back (docs/database.md). */
export function migrate(context: CommandContext): Command {
  return new Command('migrate')
    .summary('bring the tables of the database up to date')
    .description(
      'Brings the tables of the database up to date. On PostgreSQL it may run at any time; the embedded database wants the ' +
        'daemon stopped. What each migration does, and how to go back, stands in docs/database.md.',
    )
    .addOption(new Option('--dry-run', 'show what is pending and change nothing').conflicts('undo'))
    .option('--undo', 'take back the latest migration, before an older release is installed')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', helpNotes(['lattice migrate --dry-run', 'lattice migrate']))
    .action(async (options: Options) => {
      const action: MigrationAction = options.dryRun ? 'show' : options.undo ? 'undo' : 'run';
      const { manageMigrations } = await import('../../database/manage-migrations.js');
      const config = await context.config();
      if (config.databaseUrl === null) await requireOwnFolder(config.dataDir);
      const done = await manageMigrations(config, new MemoryLogger(), action);
      report(context, { ...done }, options, inWords(done, action));
    });
}

function inWords({ pending, undone }: MigrationReport, action: MigrationAction): string[] {
  if (action === 'undo') return undone.map((name) => `Took back ${name}.`);
  if (pending.length === 0) return ['The tables are up to date.'];
  const lines = pending.map((name) => `${action === 'show' ? 'Pending' : 'Done'}: ${name}`);
  return action === 'show' ? [...lines, 'Nothing was changed.'] : [...lines, 'The tables are up to date.'];
}
