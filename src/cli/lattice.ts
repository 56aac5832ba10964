import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.js';
import { FolderInUse } from '../database/embedded/folder-lock.js';
import { DatabaseUnusable, isUnavailable } from '../database/failures.js';
import { FederationError } from '../protocol/errors.js';
import { TransferRefused } from '../transfer/refused.js';
import { VaultUnavailable } from '../secrets/vault/vault-fault.js';
import { CliError, EXIT } from './cli-error.js';
import type { CommandContext } from './commands/command-context.js';
import { backup } from './commands/backup.js';
import { config } from './commands/config.js';
import { importFromPython } from './commands/import.js';
import { migrate } from './commands/migrate.js';
import { restore } from './commands/restore.js';
import { revoke } from './commands/revoke.js';
import { rotateKey } from './commands/rotate-key.js';

/** Every subcommand, a file each. */
const COMMANDS = [rotateKey, revoke, migrate, backup, restore, importFromPython, config];

const HELP = `
It asks the running daemon, which it finds by the same variables and secret store as the daemon itself
(LATTICE_HOST, LATTICE_PORT, LATTICE_DATA_DIR, LATTICE_ADMIN_TOKEN). What works on the database goes to it without the
daemon, which must be stopped meanwhile where the database is the embedded one.

Exit codes: 0 done, 1 refused, 2 wrong command line, 69 no daemon answers, 77 not allowed, 78 wrong configuration.`;

/** Runs the `lattice` command. Returns its exit code; what went wrong goes to `complain`. */
export async function runLattice(
  args: readonly string[],
  context: CommandContext,
  complain: (text: string) => void,
): Promise<number> {
  const program = new Command('lattice')
    .description('Administers the Lattice discovery daemon of this machine.')
    .addHelpText('after', HELP);
  for (const command of COMMANDS) program.addCommand(command(context));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return explain(error, complain);
  }
}

function explain(error: unknown, complain: (text: string) => void): number {
  // Commander has said it already; asked for help it "fails" with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError || error instanceof ConfigError) {
    complain(error.message);
    return error.exitCode;
  }
  if (error instanceof FolderInUse) {
    complain(`${error.message}\nThis command needs the daemon stopped.`);
    return EXIT.failed;
  }
  if (error instanceof DatabaseUnusable || error instanceof TransferRefused) {
    complain(error.message);
    return EXIT.failed;
  }
  if (isUnavailable(error)) {
    complain(`${(error as Error).message} Check LATTICE_DATABASE_URL, and that the database runs.`);
    return EXIT.unavailable;
  }
  if (error instanceof VaultUnavailable) {
    complain(error.message);
    return error.mayHeal ? EXIT.unavailable : EXIT.config;
  }
  // The secret store: its folder belongs to another user, mostly.
  if (error instanceof FederationError) {
    complain(`${error.message}\nRun this as the user of the daemon, with its LATTICE_DATA_DIR.`);
    return EXIT.notAllowed;
  }
  throw error;
}
