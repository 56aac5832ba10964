import { Command } from 'commander';
import { MemoryLogger } from '../../observability/memory-logger.js';
import type { RestoreReport } from '../../transfer/restore.js';
import { helpNotes } from '../help.js';
import { requireOwnFolder } from '../own-folder.js';
import { type CommandContext, report } from './command-context.js';

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

const NEXT: Readonly<Record<RestoreReport['key'], string>> = {
  in_place: 'Its private key is in place: start the daemon.',
  missing: 'Its private key is missing: put it back before you start the daemon.',
  other:
    'The private key in place belongs to another server: put back the right one before you start the daemon.',
};

/** Puts back what `backup` saved (docs/database.md). */
export function restore(context: CommandContext): Command {
  return new Command('restore')
    .summary('put a saved embedded database back')
    .description(
      'Puts back what `lattice backup` saved, into LATTICE_DATA_DIR; the daemon must be stopped. For PostgreSQL it shows the ' +
        'line that does it.',
    )
    .argument('<file>', 'a file that `lattice backup` wrote')
    .option('--force', 'replace the database that is there')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice restore /var/backups/lattice.backup', 'lattice restore --force lattice.backup']),
    )
    .action(async (file: string, options: Options) => {
      const transfer = await import('../../transfer/restore.js');
      const place = await context.config();
      await requireOwnFolder(place.dataDir);
      const secrets = await context.secrets();
      const parts = { place, secrets, logger: new MemoryLogger() };
      const done = await transfer
        .restore(parts, file, { force: options.force === true })
        .finally(() => secrets.close());
      report(context, { ...done }, options, [
        `Restored ${done.server_id ?? 'a database without an identity'} as of ${done.created_at} (${done.rows} rows).`,
        NEXT[done.key],
      ]);
    });
}
