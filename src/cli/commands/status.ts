import { Command } from 'commander';
import { EXIT } from '../cli-error.js';
import { helpNotes } from '../help.js';
import { ago, duration, fields } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';

type Answer = Readonly<Record<string, unknown>>;

const SERVICE_UNAVAILABLE = 503;

/** How the running daemon is (wire protocol 1.4). */
export function status(context: CommandContext): Command {
  return new Command('status')
    .summary('show how the running daemon is')
    .description('Shows who the running daemon is, how well connected, and what is not as it should be.')
    .option('--json', 'print the answers of the daemon as JSON: health, identity, status')
    .addHelpText(
      'after',
      helpNotes(['lattice status', 'lattice status --json | jq .health.problems'], {
        0: 'healthy',
        75: 'degraded',
      }),
    )
    .action(async (options: { readonly json?: boolean }) => {
      const daemon = await context.daemon();
      const health = await daemon.getObject('/health', [SERVICE_UNAVAILABLE]);
      const identity = await daemon.getObject('/api/v1/identity');
      // Anyone may ask for this one, so it is no cause to fail where the database is away.
      const open = await daemon.getObject('/status').catch(() => null);
      report(context, { health, identity, status: open }, options, inWords(health, identity, open, context));
      if (health['status'] !== 'healthy') context.endWith(EXIT.later);
    });
}

function inWords(health: Answer, identity: Answer, open: Answer | null, { now }: CommandContext): string[] {
  const problems = Array.isArray(health['problems']) ? (health['problems'] as unknown[]) : [];
  const { saturation, uptime_seconds: uptimeSeconds } = health;
  const pairs: [string, string][] = [
    ['server_uuid', String(identity['server_uuid'])],
    ['fingerprint', String(identity['fingerprint'])],
    ['identity made', ago(identity['created_at'], now())],
    ['running for', duration(Number(uptimeSeconds) * 1000)],
    ['last round', ago(health['last_gossip'], now(), 'none yet')],
    ['peers', open === null ? 'not known' : String(open['peer_count'])],
    ['saturation', typeof saturation === 'number' ? `${Math.round(saturation * 100)} %` : 'not known'],
  ];
  if (identity['revoked_at'] !== undefined) pairs.push(['revoked', ago(identity['revoked_at'], now())]);
  return [
    `${String(identity['server_id'])} is ${String(health['status'])}.`,
    ...fields(pairs),
    ...(problems.length === 0 ? [] : ['Problems:', ...problems.map((problem) => `  - ${textOf(problem)}`)]),
  ];
}

function textOf(problem: unknown): string {
  return typeof problem === 'string' ? problem : JSON.stringify(problem);
}
