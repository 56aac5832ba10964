import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.js';
import { readEnvFile } from '../config/env-file.js';
import type { Environment } from '../config/environment.js';
import { SETTINGS } from '../config/settings.js';
import { FolderInUse } from '../database/embedded/folder-lock.js';
import { DatabaseUnusable, isUnavailable } from '../database/failures.js';
import { SystemClock } from '../platform/clock.js';
import { FederationError } from '../protocol/errors.js';
import { VaultUnavailable } from '../secrets/vault/vault-fault.js';
import { TransferRefused } from '../transfer/refused.js';
import { CliError, EXIT, type ExitCode } from './cli-error.js';
import { admissions } from './commands/admissions.js';
import { announce } from './commands/announce.js';
import type { CommandContext } from './commands/command-context.js';
import { backup } from './commands/backup.js';
import { block, unblock } from './commands/block.js';
import { check } from './commands/check.js';
import { config } from './commands/config.js';
import { importFromPython } from './commands/import.js';
import { maintenance } from './commands/maintenance.js';
import { migrate } from './commands/migrate.js';
import { peer } from './commands/peer.js';
import { peers } from './commands/peers.js';
import { restore } from './commands/restore.js';
import { revoke } from './commands/revoke.js';
import { rotateKey } from './commands/rotate-key.js';
import { status } from './commands/status.js';
import { DaemonClient } from './daemon-client.js';
import { helpNotes } from './help.js';
import { databaseAway, isUnwritable } from './start-failure.js';
import { terminalLine } from './terminal-text.js';

/** Every subcommand, a file each. What only some of them need (database, framework) they import when they are run. */
const COMMANDS = [
  check,
  status,
  peers,
  peer,
  admissions,
  announce,
  maintenance,
  block,
  unblock,
  rotateKey,
  revoke,
  migrate,
  backup,
  restore,
  importFromPython,
  config,
];

const HELP = `
It asks the running daemon, which it finds by the same variables and secret
store as the daemon itself (LATTICE_HOST, LATTICE_PORT, LATTICE_DATA_DIR,
LATTICE_ADMIN_TOKEN). What works on the database goes to it without the daemon,
which must be stopped meanwhile where the database is the embedded one.
docs/lattice-command.md tells more.
${helpNotes(['sudo -u lattice lattice --env-file /etc/lattice/lattice.env check', 'lattice help peers'], { 75: 'later or degraded' })}`;

/** The process that a command runs in. */
export interface Surroundings {
  readonly env: Environment;
  readonly isTerminal: boolean;
  /** The width of the terminal; null where the output goes elsewhere. */
  readonly columns: number | null;
  /** Writes to standard output; a line end is added. */
  readonly print: (text: string) => void;
}

/** Runs the `lattice` command. Returns its exit code; what went wrong goes to `complain`. */
export async function runLattice(
  args: readonly string[],
  { env, isTerminal, columns, print }: Surroundings,
  complain: (text: string) => void,
): Promise<number> {
  let variables = env;
  let exitCode: ExitCode = EXIT.done;
  // Names, paths and reasons in it may come from strangers, or out of a file.
  const tell = (text: string): void => complain(text.split('\n').map(terminalLine).join('\n'));
  const context: CommandContext = {
    environment: () => variables,
    config: async () => (await loader()).loadConfig(variables, isTerminal),
    settings: async () => (await loader()).loadSettings(variables, isTerminal),
    secrets: async () => (await loader()).openStore(variables, isTerminal),
    daemon: async () => new DaemonClient(await context.config()),
    print,
    columns,
    now: () => new SystemClock().now(),
    endWith: (code) => {
      exitCode = code;
    },
  };
  const program = latticeProgram(context).hook('preAction', async (command) => {
    const { envFile } = command.opts<{ envFile?: string }>();
    if (envFile === undefined) return;
    // Read here for a mistake to be told as one of the option; from then on it is the daemon's own file.
    await readEnvFile(envFile, '--env-file');
    variables = { ...env, [SETTINGS.envFile.variable]: envFile };
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => tell(text.trimEnd()),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, tell);
  }
}

/** What is set on a command holds for those below it only where they were added afterwards. */
function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** Help is to be had without what reads the configuration. */
function loader(): Promise<typeof import('./load-config.js')> {
  return import('./load-config.js');
}

/** The command line with all that can be said in it. */
export function latticeProgram(context: CommandContext): Command {
  const program = new Command('lattice')
    .description('Administers the Lattice discovery daemon of this machine.')
    .option(
      '--env-file <file>',
      'read variables from this file too, as the unit of systemd does; they come first',
    )
    .addHelpText('after', HELP);
  for (const command of COMMANDS)
    program.addCommand(command(context).configureHelp({ showGlobalOptions: true }));
  return program;
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
  if (isUnwritable(error)) {
    complain(`${error.path} cannot be used (${error.code}). Run this as the user of the daemon.`);
    return EXIT.notAllowed;
  }
  if (isUnavailable(error)) {
    complain(databaseAway(error));
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
