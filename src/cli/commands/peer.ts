import { Command } from 'commander';
import { helpNotes } from '../help.js';
import { ago, fields } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';

interface SeenByIt {
  readonly proven: boolean;
  readonly neighbor: boolean;
  readonly reachable_since: string | null;
  readonly last_contact: string | null;
  readonly clock_difference_ms: number | null;
}

interface ShownPeer {
  readonly server_id: string;
  readonly server_uuid: string;
  readonly fingerprint: string;
  readonly endpoints: { readonly discovery: string; readonly federation: string };
  readonly trust_status: string;
  readonly blocked_until: string | null;
  readonly neighbor_since: string | null;
  readonly first_seen: string;
  readonly last_seen: string;
  readonly announced_at: string | null;
  readonly proven_at: string | null;
  readonly last_exchange: string | null;
  readonly previous_keys: readonly { readonly old_fingerprint: string; readonly rotated_at: string }[];
  readonly reserved_names: readonly { readonly server_id: string; readonly reserved_until: string }[];
  readonly revocation: { readonly reason: string; readonly revoked_at: string } | null;
  readonly introduced_by: string | null;
  readonly speaks_extension: boolean;
  readonly claims: readonly {
    readonly kind: string;
    readonly fingerprint: string;
    readonly server_uuid: string;
    readonly server_id: string | null;
    readonly first_seen: string;
  }[];
  readonly state: string | null;
  readonly state_since: string | null;
  readonly last_heard: string | null;
  readonly seen_by_it: SeenByIt | null;
  readonly pending_deliveries: readonly {
    readonly kind: string;
    readonly attempts: number;
    readonly next_attempt: string;
  }[];
}

const CLAIMED: Readonly<Record<string, string>> = {
  server_uuid: 'its UUID',
  server_id: 'its name',
  fork: 'to follow a key of it that has a successor',
};

/** Everything known of one server (wire protocol 1.4). */
export function peer(context: CommandContext): Command {
  return new Command('peer')
    .summary('show everything known of one server')
    .description('Shows everything that the daemon knows of one server, also of a blocked or revoked one.')
    .argument('<server_id>', 'its name, as `lattice peers` shows it')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice peer chat.example.org'], { 1: 'refused: no such server is known' }),
    )
    .action(async (serverId: string, options: { readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const found = await daemon.getObject(`/api/v1/peers/${encodeURIComponent(serverId)}`);
      report(context, found, options, inWords(found as unknown as ShownPeer, context.now()));
    });
}

/** A fork is the operator's to settle, but not of an identity that ended (wire protocol 2.2). */
function settling(
  { kind, server_uuid: uuid, fingerprint }: ShownPeer['claims'][number],
  { revocation }: ShownPeer,
): string {
  if (kind !== 'fork' || revocation !== null) return '';
  return `, unless you know it to be true: lattice admissions approve ${uuid} --fingerprint ${fingerprint}`;
}

function inWords(found: ShownPeer, now: number): string[] {
  const seen = (timestamp: string | null, never?: string): string =>
    timestamp === null ? ago(null, now, never) : `${timestamp} (${ago(timestamp, now)})`;
  const { blocked_until: blockedUntil, revocation } = found;
  const pairs: [string, string][] = [
    ['server_uuid', found.server_uuid],
    ['fingerprint', found.fingerprint],
    ['discovery', found.endpoints.discovery],
    ['federation', found.endpoints.federation],
    ['trust', found.trust_status + (blockedUntil === null ? '' : ` until ${blockedUntil}`)],
    ['neighbour', found.neighbor_since === null ? 'no' : `since ${seen(found.neighbor_since)}`],
    ['first seen', seen(found.first_seen)],
    ['last seen', seen(found.last_seen)],
    ['announced', seen(found.announced_at, 'never: known from hearsay')],
    ['proven', seen(found.proven_at, 'no: it never answered from these endpoints')],
    ['exchanged', seen(found.last_exchange)],
  ];
  if (found.state !== null) pairs.push(['state', `${found.state} since ${seen(found.state_since)}`]);
  if (found.speaks_extension) pairs.push(['it sees us', theirView(found.seen_by_it)]);
  if (found.introduced_by !== null) pairs.push(['known from', `${found.introduced_by}, another server`]);
  if (revocation !== null)
    pairs.push(['revoked', `${seen(revocation.revoked_at)}: ${revocation.reason || 'no reason given'}`]);
  for (const key of found.previous_keys)
    pairs.push(['former key', `${key.old_fingerprint}, until ${key.rotated_at}`]);
  for (const name of found.reserved_names)
    pairs.push(['former name', `${name.server_id}, kept for it until ${name.reserved_until}`]);
  for (const claim of found.claims)
    pairs.push([
      'claimed',
      `${CLAIMED[claim.kind] ?? claim.kind} by ${claim.fingerprint} (${claim.server_id ?? claim.server_uuid}), ` +
        `${ago(claim.first_seen, now)}; without effect${settling(claim, found)}`,
    ]);
  for (const delivery of found.pending_deliveries)
    pairs.push([
      'yet to take',
      `our ${delivery.kind}: ${delivery.attempts} attempts, the next ${ago(delivery.next_attempt, now)}`,
    ]);
  return [found.server_id, ...fields(pairs)];
}

function theirView(view: SeenByIt | null): string {
  if (view === null) return 'it does not say';
  const { proven, neighbor, reachable_since: since, last_contact: contact, clock_difference_ms: ms } = view;
  return [
    neighbor ? 'a neighbour' : 'no neighbour',
    proven ? 'proven' : 'not proven',
    ...(since === null ? [] : [`up since ${since}`]),
    ...(contact === null ? [] : [`last heard ${contact}`]),
    ...(ms === null || ms === 0 ? [] : [`our clock ${Math.abs(ms) / 1000} s ${ms > 0 ? 'ahead' : 'behind'}`]),
  ].join(', ');
}
