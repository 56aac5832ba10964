import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { exists } from '../platform/exists.js';
import { columnTypes } from './column-types.js';
import { embeddedAccess, postgresAccess } from './data-source.js';
import type { DatabaseKind, Queryable } from './database.js';
import { EmbeddedSession } from './embedded/embedded-session.js';
import { findHolder } from './embedded/folder-lock.js';
import { startPglite } from './embedded/pglite.js';
import { asStartFailure } from './failures.js';
import type { DatabasePlace } from './open-database.js';

/** A database as it is, looked at without changing anything. */
export interface Inspection<T> {
  readonly state: 'inspected';
  readonly kind: DatabaseKind;
  /** As in `server_version_num`, 130004 for 13.4. */
  readonly version: number;
  /** A standby, or read-only by its settings. */
  readonly isReadOnly: boolean;
  /** Whether our user may change the rows of our tables; true where there are none yet. */
  readonly mayWrite: boolean;
  /** Whether our user may make tables, as a migration does. */
  readonly mayCreate: boolean;
  /** Migrations that were run, oldest first. */
  readonly done: readonly string[];
  /** What the caller read; null where there are no tables. */
  readonly found: T | null;
}

export type Inspected<T> =
  | Inspection<T>
  /** The embedded one is not there yet. */
  | { readonly state: 'absent' }
  /** The embedded one is open in a process, which is null where it cannot be known. */
  | { readonly state: 'in_use'; readonly pid: number | null };

/**
 * Looks at the database of the configuration. Of the embedded one a copy is opened: opening it writes to it, and as
 * whoever runs this rather than as the daemon's user.
 *
 * @param read reads more, inside a read-only transaction
 * @throws as `openDatabase`
 */
export async function inspectDatabase<T>(
  place: DatabasePlace,
  read: (database: Queryable) => Promise<T>,
): Promise<Inspected<T>> {
  if (place.databaseUrl === null) return inspectEmbedded(resolve(place.dataDir), read);
  try {
    return await inspect('postgres', postgresAccess(place.databaseUrl).service, read);
  } catch (error) {
    throw asStartFailure(error);
  }
}

async function inspectEmbedded<T>(
  dataDir: string,
  read: (database: Queryable) => Promise<T>,
): Promise<Inspected<T>> {
  const folder = join(dataDir, 'database');
  if (!(await exists(dataDir))) return { state: 'absent' };
  const holder = await findHolder(dataDir);
  if (holder !== null) return { state: 'in_use', pid: holder.pid };
  if (!(await exists(folder))) return { state: 'absent' };
  // Readable by nobody else, as the folder itself is.
  const copies = await mkdtemp(join(tmpdir(), 'lattice-look-'));
  try {
    const copy = join(copies, 'database');
    await cp(folder, copy, { recursive: true });
    const pglite = await startPglite(copy);
    try {
      return await inspect('embedded', embeddedAccess(new EmbeddedSession(pglite)).service, read);
    } finally {
      await pglite.close();
    }
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

interface Overview {
  version: number;
  is_read_only: boolean;
  may_create: boolean;
  may_write: boolean;
  has_migrations: boolean;
  has_identity: boolean;
}

const OVERVIEW = `
  SELECT current_setting('server_version_num')::int AS version,
         pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS is_read_only,
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
         coalesce((SELECT bool_and(has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE')
                                   AND has_table_privilege(oid, 'DELETE'))
                   FROM pg_class WHERE oid IN (to_regclass('identity'), to_regclass('peers'))), true) AS may_write,
         to_regclass('migrations') IS NOT NULL AS has_migrations, to_regclass('identity') IS NOT NULL AS has_identity`;

async function inspect<T>(
  kind: DatabaseKind,
  config: pg.ClientConfig,
  read: (database: Queryable) => Promise<T>,
): Promise<Inspection<T>> {
  const client = new pg.Client({ ...config, types: columnTypes });
  // A connection that breaks says so here too; the statement in flight has said it already.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const database: Queryable = {
      query: async <Row>(sql: string, parameters: readonly unknown[] = []) =>
        (await client.query(sql, [...parameters])).rows as Row[],
    };
    const [overview] = await database.query<Overview>(OVERVIEW);
    await client.query('BEGIN TRANSACTION READ ONLY');
    const names = overview!.has_migrations
      ? await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id')
      : [];
    const found = overview!.has_identity ? await read(database) : null;
    await client.query('ROLLBACK');
    return {
      state: 'inspected',
      kind,
      version: overview!.version,
      isReadOnly: overview!.is_read_only,
      mayCreate: overview!.may_create,
      mayWrite: overview!.may_write,
      done: names.map(({ name }) => name),
      found,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
