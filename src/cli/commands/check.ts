import { createRequire } from 'node:module';
import { Command } from 'commander';
import { describeFindings } from '../check/describe.js';
import { realFileSystem } from '../check/disk.js';
import { EXIT } from '../cli-error.js';
import { helpNotes } from '../help.js';
import { type CommandContext, report } from './command-context.js';

/** Where the output goes to no terminal. */
const DEFAULT_WIDTH = 80;

/** Looks at everything that the daemon needs (docs/lattice-command.md). */
export function check(context: CommandContext): Command {
  return new Command('check')
    .summary('look at everything that the daemon needs')
    .description(
      'Looks at all that the daemon needs, and says what to do about what is wrong: Node, configuration, secret store, ' +
        'private key, port, database, migrations, disk, clock, public URL, administration as seen from outside, and ' +
        'bootstrap servers. It changes nothing, and may be run with the daemon running or stopped.',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      helpNotes(
        [
          'sudo -u lattice lattice --env-file /etc/lattice/lattice.env check',
          `lattice check --json | jq '.checks[] | select(.outcome == "failed")'`,
        ],
        { 0: 'nothing failed', 1: 'something failed' },
      ),
    )
    .action(async (options: { readonly json?: boolean }) => {
      const { engines } = createRequire(import.meta.url)('../../../package.json') as {
        engines: { node: string };
      };
      const { runChecks } = await import('../check/run-checks.js');
      const checks = await runChecks({
        env: context.environment(),
        isTerminal: context.columns !== null,
        nodeVersion: process.versions.node,
        nodeRange: engines.node,
        now: context.now,
        fileSystem: realFileSystem,
      });
      const isFailed = checks.some(({ outcome }) => outcome === 'failed');
      const outcome = isFailed ? 'failed' : 'ok';
      report(
        context,
        { outcome, checks },
        options,
        describeFindings(checks, context.columns ?? DEFAULT_WIDTH),
      );
      if (isFailed) context.endWith(EXIT.failed);
    });
}
