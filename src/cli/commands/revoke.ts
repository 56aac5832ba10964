import { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.js';
import { helpNotes } from '../help.js';
import { type CommandContext, report } from './command-context.js';

interface Options {
  readonly reason: string;
  readonly yesPermanently?: boolean;
  readonly json?: boolean;
}

/** Wire protocol 1.3, IdentityRevocation. */
export function revoke(context: CommandContext): Command {
  return new Command('revoke')
    .summary('end the identity of this server for good')
    .description(
      'Ends the identity of this server for good, such as when its key was stolen. Every server that hears of it will ' +
        'refuse this server_uuid for ever, whoever signs for it. This cannot be undone, not even by you.',
    )
    .requiredOption('--reason <text>', 'why, for the other servers to see')
    .option('--yes-permanently', 'say that you know that this cannot be undone')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', helpNotes(['lattice revoke --reason "the machine was stolen" --yes-permanently']))
    .action(async (options: Options) => {
      if (options.yesPermanently !== true) {
        throw new CliError(
          EXIT.usage,
          'Revoking ends this identity for good and cannot be undone. Nothing was done: add --yes-permanently if you mean it.',
        );
      }
      const daemon = await context.daemon();
      const body = { reason: options.reason, confirm: 'permanently' };
      const answer = await daemon.post('/api/v1/identity/revoke', body);
      report(context, answer, options, [
        `The identity of ${String(answer['server_id'])} (${String(answer['server_uuid'])}) is revoked for good.`,
        'Leave the daemon running until the servers it knows have heard. To come back as a new server, start with an empty data folder and database.',
      ]);
    });
}
