import { Command } from 'commander';
import { helpNotes } from '../help.js';
import { ago, table } from '../terminal-text.js';
import { type CommandContext, report } from './command-context.js';

interface Waiting {
  readonly server_uuid: string;
  readonly server_id: string;
  readonly fingerprint: string;
  readonly discovery: string;
  readonly state: string;
  readonly problem: string | null;
  readonly since: string;
}

interface Decided {
  readonly server_uuid: string;
  readonly server_id: string | null;
  readonly fingerprint: string;
  readonly verdict: string;
  readonly decided_at: string;
}

interface Options {
  readonly json?: boolean;
  readonly fingerprint?: string;
}

/** Newcomers that wait to be admitted, and what the operator says about them (wire protocol 2.4). */
export function admissions(context: CommandContext): Command {
  return new Command('admissions')
    .summary('list newcomers that wait, approve or refuse one')
    .description(
      'Lists the servers that asked to be admitted and are not yet, why not, and what you decided before. ' +
        'approve admits one, in every mode; refuse keeps one out.',
    )
    .argument('[decision]', 'approve or refuse')
    .argument('[server_uuid]', 'the UUID of the server')
    .option(
      '--fingerprint <fingerprint>',
      'its key: for a server that has yet to come, where several claim one UUID, or as the true one of two successors',
    )
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      helpNotes(['lattice admissions', 'lattice admissions approve 9b0c5a52-8f0e-4d3a-9a51-7a1d2c9be002'], {
        1: 'refused: nobody with this UUID waits',
      }),
    )
    .action(
      async (
        decision: string | undefined,
        serverUuid: string | undefined,
        options: Options,
        command: Command,
      ) => {
        if (decision === undefined) return list(context, options);
        if (decision !== 'approve' && decision !== 'refuse')
          command.error(`error: the decision is approve or refuse, not ${JSON.stringify(decision)}`);
        if (serverUuid === undefined) command.error("error: missing required argument 'server_uuid'");
        await decide(context, decision, serverUuid, options);
      },
    );
}

async function list(context: CommandContext, options: Options): Promise<void> {
  const daemon = await context.daemon();
  const answer = await daemon.getObject('/api/v1/admissions');
  const { waiting, decided } = answer as unknown as { waiting: Waiting[]; decided: Decided[] };
  report(context, answer, options, inWords(waiting, decided, context));
}

async function decide(
  context: CommandContext,
  decision: 'approve' | 'refuse',
  serverUuid: string,
  { json, fingerprint }: Options,
): Promise<void> {
  const daemon = await context.daemon();
  const path = `/api/v1/admissions/${encodeURIComponent(serverUuid)}/${decision}`;
  const answer = await daemon.post(path, fingerprint === undefined ? {} : { fingerprint });
  const name = typeof answer['server_id'] === 'string' ? answer['server_id'] : serverUuid;
  const words =
    decision === 'approve'
      ? `${name} is approved: it enters the directory as soon as it answers, or when it comes again.`
      : `${name} is refused. To admit it after all: lattice admissions approve ${serverUuid}`;
  report(context, answer, { ...(json === true ? { json } : {}) }, [words]);
}

function inWords(
  waiting: readonly Waiting[],
  decided: readonly Decided[],
  { now, columns }: CommandContext,
): string[] {
  const lines =
    waiting.length === 0
      ? ['Nobody waits to be admitted.']
      : table(
          ['NAME', 'STATE', 'SINCE', 'UUID', 'FINGERPRINT', 'ENDPOINT'],
          waiting.map((one) => [
            one.server_id,
            one.state,
            ago(one.since, now()),
            one.server_uuid,
            one.fingerprint,
            one.discovery,
          ]),
          columns,
        );
  const problems = waiting.flatMap(({ server_id, problem }) =>
    problem === null ? [] : [`${server_id}: ${problem}`],
  );
  const before = decided.map(
    ({ verdict, server_id, server_uuid, decided_at }) =>
      `${verdict} ${server_id ?? server_uuid} (${server_uuid}) ${ago(decided_at, now())}`,
  );
  return [...lines, ...problems, ...before];
}
