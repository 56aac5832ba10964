import { Command, Option } from 'commander';
import { helpNotes } from '../help.js';
import { type CommandContext, report } from './command-context.js';

const REASONS = ['scheduled', 'compromise_suspected', 'upgrade'] as const;

interface Options {
  readonly reason: (typeof REASONS)[number];
  readonly json?: boolean;
}

/** Wire protocol 1.3, KeyRotation. */
export function rotateKey(context: CommandContext): Command {
  return new Command('rotate-key')
    .summary('give this server a new key and tell every server it knows')
    .description(
      'Gives this server a new key. Its name and server_uuid stay. The old key vouches for the new one, and the ' +
        'running daemon tells every server it knows, again and again until each has taken it.',
    )
    .addOption(
      new Option('--reason <reason>', 'why, for the other servers').choices(REASONS).default('scheduled'),
    )
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', helpNotes(['lattice rotate-key --reason scheduled']))
    .action(async (options: Options) => {
      const daemon = await context.daemon();
      const answer = await daemon.post('/api/v1/identity/rotate-key', { reason: options.reason });
      report(context, answer, options, [
        `${String(answer['server_id'])} has a new key. Its fingerprint is now ${String(answer['fingerprint'])}.`,
        'The servers it knows are being told. Whoever has pinned the old fingerprint in LATTICE_BOOTSTRAP_PINS needs the new one.',
      ]);
    });
}
