import { Command } from 'commander';
import { EXIT } from '../cli-error.js';
import { helpNotes } from '../help.js';
import { ago } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';

/** Starts a gossip round (wire protocol 1.4). */
export function announce(context: CommandContext): Command {
  return new Command('announce')
    .summary('tell the neighbours now, rather than at the next round')
    .description('Starts a gossip round: this server is announced to three of its neighbours.')
    .option('--force', 'also within 60 s of the last round')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice announce', 'lattice announce --force'], {
        0: 'started',
        75: 'too soon after the last round',
      }),
    )
    .action(async (options: { readonly force?: boolean; readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const answer = await daemon.post('/api/v1/announce', { force: options.force === true });
      const isTooSoon = answer['status'] === 'rate_limited';
      const tooSoon = [
        'Nothing was started: the last round was less than 60 s ago.',
        `The next may start ${ago(answer['next_allowed'], context.now())}, or now with --force.`,
      ];
      report(context, answer, options, isTooSoon ? tooSoon : ['A gossip round was started.']);
      if (isTooSoon) context.endWith(EXIT.later);
    });
}
