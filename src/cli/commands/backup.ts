import { Command } from 'commander';
import { MemoryLogger } from '../../observability/memory-logger.js';
import { SystemClock } from '../../platform/clock.js';
import { helpNotes } from '../help.js';
import { requireOwnFolder } from '../own-folder.js';
import { type CommandContext, report } from './command-context.js';

interface Options {
  readonly withKey?: boolean;
  readonly json?: boolean;
}

/** Saves the embedded database (docs/database.md). */
export function backup(context: CommandContext): Command {
  return new Command('backup')
    .summary('save the embedded database into one file')
    .description(
      'Saves what the embedded database holds into one file; the daemon must be stopped. For PostgreSQL it shows the line ' +
        'that does it.',
    )
    .argument('<file>', 'the file to write; it must not be there yet')
    .option('--with-key', 'put the private key in too: whoever reads the file can then be this server')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice backup /var/backups/lattice.backup', 'lattice backup --with-key lattice.backup']),
    )
    .action(async (file: string, options: Options) => {
      const transfer = await import('../../transfer/backup.js');
      const place = await context.config();
      await requireOwnFolder(place.dataDir);
      const secrets = await context.secrets();
      const parts = {
        place,
        secrets,
        clock: new SystemClock(),
        logger: new MemoryLogger(),
      };
      const done = await transfer
        .backup(parts, file, { withKey: options.withKey === true })
        .finally(() => secrets.close());
      report(context, { ...done }, options, [
        `Saved ${done.server_id ?? 'a database without an identity'} into ${file} (${done.entries} entries).`,
        done.with_key
          ? 'The private key is in it: whoever reads this file can be this server. Encrypt it before it leaves the machine.'
          : 'The private key is not in it: save that apart, a restored database is of no use without it.',
      ]);
    });
}
