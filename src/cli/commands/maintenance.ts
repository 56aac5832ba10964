import { Argument, Command } from 'commander';
import { helpNotes } from '../help.js';
import { type CommandContext, report } from './command-context.js';

const PATHS = {
  'update-neighbors': '/api/v1/maintenance/update_neighbors',
  cleanup: '/api/v1/maintenance/cleanup',
} as const;

type Task = keyof typeof PATHS;

/** Runs a task of the daemon's table before its turn (wire protocol 1.4). */
export function maintenance(context: CommandContext): Command {
  return new Command('maintenance')
    .summary('run a task of the daemon before its turn')
    .description(
      'Has the daemon run a task before its turn: `update-neighbors` asks silent neighbours and fills free places, ' +
        '`cleanup` deletes what is past its time. With LATTICE_SCHEDULER=external a cron calls this.',
    )
    .addArgument(new Argument('<task>', 'which').choices(Object.keys(PATHS)))
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', helpNotes(['lattice maintenance cleanup', 'lattice maintenance update-neighbors']))
    .action(async (task: Task, options: { readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const answer = await daemon.post(PATHS[task], {});
      report(context, answer, options, [
        `${task}: ${String(answer['status'])}. ${sentence(answer['message'])}`,
      ]);
    });
}

function sentence(message: unknown): string {
  const text = String(message);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
