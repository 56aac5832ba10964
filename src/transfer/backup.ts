import { join } from 'node:path';
import type { Database, Queryable } from '../database/database.js';
import { REPLACED_SUFFIX } from '../database/embedded/data-folder.js';
import { readMigrations } from '../database/migrate.js';
import { type DatabasePlace, reachDatabase, serve } from '../database/open-database.js';
import type { Logger } from '../observability/logger.js';
import type { Clock } from '../platform/clock.js';
import { exists } from '../platform/exists.js';
import { releaseVersion } from '../platform/release.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { KEY_NAMES, type Manifest, writeBackup } from './backup-file.js';
import { TransferRefused } from './refused.js';

/** Rows held at once; the largest take some KiB. */
const FETCH_ROWS = 200;

export interface BackupParts {
  readonly place: DatabasePlace;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BackupReport extends Manifest {
  readonly file: string;
  readonly entries: number;
}

/** Writes what the embedded database holds into one file, under the folder's lock. @throws TransferRefused, FolderInUse */
export async function backup(
  { place, secrets, clock, logger }: BackupParts,
  file: string,
  { withKey }: { readonly withKey: boolean },
): Promise<BackupReport> {
  requireEmbedded(place);
  const folder = join(place.dataDir, 'database');
  if (!(await exists(folder)) && !(await exists(folder + REPLACED_SUFFIX)))
    throw new TransferRefused(`There is no database in ${place.dataDir} (LATTICE_DATA_DIR).`);
  const reached = await reachDatabase(place, logger);
  let database: Database | null = null;
  try {
    const { done } = await readMigrations(reached.access.migration, logger);
    database = await serve(reached, logger);
    return await database.transaction(async (tx) => {
      const manifest: Manifest = {
        format: 'lattice-backup',
        format_version: 1,
        version: releaseVersion(),
        created_at: formatTimestamp(clock.now()),
        ...(await whoseOf(tx, done)),
        migrations: [...done],
        with_key: withKey,
      };
      const entries = await writeBackup(file, manifest, everything(tx, withKey ? secrets : null));
      return { file, ...manifest, entries };
    });
  } finally {
    await (database ?? { close: reached.release }).close();
  }
}

/** @throws TransferRefused with the lines that do it for PostgreSQL */
export function requireEmbedded({ databaseUrl }: DatabasePlace): void {
  if (databaseUrl === null) return;
  throw new TransferRefused(
    [
      'This daemon keeps its data in PostgreSQL, which has better tools, and they work while the daemon runs:',
      '  pg_dump --format=custom --file=lattice.dump DATABASE',
      '  pg_restore --clean --if-exists --single-transaction --dbname=DATABASE lattice.dump   # daemons stopped',
      'DATABASE, --host, --username and --port are those of LATTICE_DATABASE_URL; the password belongs into ~/.pgpass.',
      'The private key is in the secret store and not in the database: save it apart (docs/database.md).',
    ].join('\n'),
  );
}

async function whoseOf(
  tx: Queryable,
  migrations: readonly string[],
): Promise<Pick<Manifest, 'server_uuid' | 'server_id' | 'fingerprint'>> {
  const nobody = { server_uuid: null, server_id: null, fingerprint: null };
  if (migrations.length === 0) return nobody;
  const [row] = await tx.query<{ server_uuid: string; server_id: string; fingerprint: string }>(
    'SELECT server_uuid, server_id, fingerprint FROM identity',
  );
  return row ?? nobody;
}

async function* everything(tx: Queryable, secrets: SecretStore | null): AsyncGenerator<string> {
  const tables = await tx.query<{ name: string }>(TABLES);
  for (const { name } of tables) {
    // The row's text is the database's own, times to the microsecond and numbers to the last bit.
    await tx.query(
      `DECLARE kept NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${quoted(name)} t`,
    );
    for (;;) {
      const rows = await tx.query<{ row: string }>(`FETCH ${FETCH_ROWS} FROM kept`);
      if (rows.length === 0) break;
      for (const { row } of rows) yield `{"table":${JSON.stringify(name)},"row":${row}}`;
    }
    await tx.query('CLOSE kept');
  }
  if (secrets === null) return;
  for (const secret of KEY_NAMES) {
    const value = await secrets.read(secret);
    if (value !== null) yield JSON.stringify({ secret, value });
  }
}

/** All but the one in which TypeORM remembers migrations: the manifest has those. */
export const TABLES = `SELECT table_name AS name FROM information_schema.tables
  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'migrations' ORDER BY 1`;

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
