import { open } from 'node:fs/promises';
import { Command } from 'commander';
import type { Config } from '../../config/config.js';
import { MemoryLogger } from '../../observability/memory-logger.js';
import { AddressPolicy } from '../../platform/address-policy.js';
import { SystemClock } from '../../platform/clock.js';
import { SignatureVerifier } from '../../platform/keys.js';
import type { ImportReport, Section } from '../../transfer/import/report.js';
import { TransferRefused } from '../../transfer/refused.js';
import { helpNotes } from '../help.js';
import type { Database } from '../../database/database.js';
import { requireOwnFolder } from '../own-folder.js';
import { type CommandContext, report } from './command-context.js';

/** Far above a 4096-bit key in PEM. */
const KEY_FILE_BYTES = 64 * 1024;

interface Options {
  readonly from: string;
  readonly key: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Moves in from the Python daemon (docs/database.md). */
export function importFromPython(context: CommandContext): Command {
  return new Command('import')
    .summary('move in from the Python daemon')
    .description(
      'Takes identity, peers, blocklist and revocations from the SQLite file of the Python daemon. Both daemons must be ' +
        'stopped, and this one not yet have an identity of its own. All is taken, or nothing; a second run changes nothing.',
    )
    .requiredOption('--from <lattice.db>', 'the SQLite file; it is not written to')
    .requiredOption('--key <private_key.pem>', 'the private key of that server')
    .option('--dry-run', 'show the report and take nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', helpNotes(['lattice import --from lattice.db --key private_key.pem --dry-run']))
    .action(async (options: Options) => {
      const [{ openDatabase }, transfer] = await Promise.all([
        import('../../database/open-database.js'),
        import('../../transfer/import/import.js'),
      ]);
      const config = await context.config();
      await requireOwnFolder(config.dataDir);
      const key = await readKeyFile(options.key);
      const secrets = await context.secrets();
      let database: Database | null = null;
      try {
        database = await openDatabase(config, new MemoryLogger());
        const parts = {
          database,
          secrets,
          clock: new SystemClock(),
          verifier: new SignatureVerifier(),
          addresses: new AddressPolicy(config.allowAddresses),
        };
        const done = await transfer.importFromPython(parts, {
          from: options.from,
          key,
          dryRun: options.dryRun === true,
        });
        report(context, { ...done }, options, inWords(done, config));
      } finally {
        await database?.close();
        await secrets.close();
      }
    });
}

async function readKeyFile(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new TransferRefused(`The key file ${path} cannot be read (${error.code}).`);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > KEY_FILE_BYTES)
      throw new TransferRefused(`${path} is not the file of a private key.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function inWords(done: ImportReport, config: Config): string[] {
  const { identity, bootstrap_servers: bootstrap } = done;
  const lines = [
    `Identity: ${identity.server_id} (${identity.server_uuid}, fingerprint ${identity.fingerprint}): ${OUTCOME[identity.outcome]}`,
    ...sectionInWords('Peers', done.peers),
    ...sectionInWords('Blocklist', done.blocklist),
    ...sectionInWords('Revocations', done.revocations),
    ...sectionInWords('Key rotations', done.key_rotations),
  ];
  if (bootstrap.length > 0 && config.bootstrapServers.length === 0)
    lines.push(`It met others through: set LATTICE_BOOTSTRAP_SERVERS=${bootstrap.join(',')}`);
  if (config.serverId !== null && config.serverId !== identity.server_id)
    lines.push(`LATTICE_SERVER_ID is ${config.serverId}: the next start will rename this server to it.`);
  lines.push(
    done.dry_run
      ? 'A dry run: nothing was taken.'
      : 'Start the daemon now, and leave the Python daemon stopped for good.',
  );
  return lines;
}

const OUTCOME = { taken: 'taken', already_there: 'there already', left_out: 'left out' } as const;

function sectionInWords(title: string, { taken, already_there, left_out, items }: Section): string[] {
  return [
    `${title}: ${taken} taken, ${already_there} there already, ${left_out} left out`,
    ...items.map(
      ({ what, outcome, note }) => `  ${OUTCOME[outcome]}: ${what}${note === undefined ? '' : `: ${note}`}`,
    ),
  ];
}
