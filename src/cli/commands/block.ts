import { Command } from 'commander';
import { helpNotes } from '../help.js';
import { type CommandContext, report } from './command-context.js';

/** Keeps a known server out (wire protocol 1.6, trust). */
export function block(context: CommandContext): Command {
  return trusting(context, 'block', 'blocked', {
    summary: 'keep a server out',
    description:
      'Keeps a server out that the daemon knows: it is no neighbour, no route, and not heard any more.',
    done: (name) => [`${name} is blocked. To let it in again: lattice unblock ${name}`],
  });
}

/** Takes a block back. */
export function unblock(context: CommandContext): Command {
  return trusting(context, 'unblock', 'unknown', {
    summary: 'let a blocked server in again',
    description:
      'Takes back `lattice block`, and what the blocklist says of this server alone: it is again one as any other.',
    done: (name, block) =>
      block === undefined
        ? [`${name} is blocked no more.`]
        : [
            `${name} is still kept out: the blocklist has the ${String(block['kind'])} ${String(block['identifier'])}.`,
            'docs/database.md says how to lift that.',
          ],
  });
}

interface Wording {
  readonly summary: string;
  readonly description: string;
  /** @param block what of the blocklist keeps it out all the same */
  readonly done: (serverId: string, block?: Readonly<Record<string, unknown>>) => readonly string[];
}

function trusting(context: CommandContext, name: string, trust: string, wording: Wording): Command {
  return new Command(name)
    .summary(wording.summary)
    .description(wording.description)
    .argument('<server_id>', 'its name, as `lattice peers --all` shows it')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      helpNotes([`lattice ${name} spam.example`], { 1: 'refused: no such server is known' }),
    )
    .action(async (serverId: string, options: { readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const answer = await daemon.put(`/api/v1/peers/${encodeURIComponent(serverId)}/trust`, { trust });
      const block = answer['still_blocked_by'] as Readonly<Record<string, unknown>> | undefined;
      report(context, answer, options, wording.done(String(answer['server_id']), block));
    });
}
