import { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.js';
import { helpNotes } from '../help.js';
import { ago, table } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';
import { exportPeers, importPeers } from '../peer-lists.js';

interface ListedPeer {
  readonly server_id: string;
  readonly trust_status: string;
  readonly last_seen: string;
  readonly endpoints: { readonly discovery: string };
  readonly role: string | null;
  readonly state: string | null;
}

const HEADINGS = ['NAME', 'NEIGHBOUR', 'STATE', 'TRUST', 'LAST SEEN', 'ENDPOINT'];

/** Whom the running daemon knows (wire protocol 1.4). */
export function peers(context: CommandContext): Command {
  return new Command('peers')
    .summary('list the servers that the daemon knows')
    .description('Lists the servers that were seen within 7 days: neighbours first, then the latest seen.')
    .option('--all', 'also those not seen for longer, blocked ones and revoked ones')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', helpNotes(['lattice peers', 'lattice peers --all --json']))
    .action(async (options: { readonly all?: boolean; readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const query = options.all === true ? '&active_only=false&include_blocked=true' : '';
      const listed = await daemon.get(`/api/v1/peers?detail=true${query}`);
      if (!Array.isArray(listed)) throw new CliError(EXIT.failed, 'The daemon answered with no list.');
      report(context, listed, options, inWords(listed as ListedPeer[], options.all === true, context));
    })
    .addCommand(exportPeers(context))
    .addCommand(importPeers(context));
}

function inWords(listed: readonly ListedPeer[], all: boolean, { now, columns }: CommandContext): string[] {
  if (listed.length === 0)
    return [
      all
        ? 'No other server is known. LATTICE_BOOTSTRAP_SERVERS names servers to meet.'
        : 'No server was seen within 7 days. With --all: those seen before, blocked and revoked ones.',
    ];
  const rows = listed.map((peer) => [
    peer.server_id,
    peer.role ?? '',
    peer.state ?? '',
    peer.trust_status,
    ago(peer.last_seen, now()),
    peer.endpoints.discovery,
  ]);
  return table(HEADINGS, rows, columns);
}
