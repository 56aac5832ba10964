import type { Pool, PoolConfig } from 'pg';
import { DataSource } from 'typeorm';
import type { Logger } from '../observability/logger.js';
import { columnTypes } from './column-types.js';
import { PgliteStream } from './embedded/pglite-stream.js';
import type { EmbeddedSession } from './embedded/embedded-session.js';
import { MIGRATIONS } from './migrations/all.js';

/** Enough for the requests in flight of one daemon; PostgreSQL allows 100 in all as it comes. */
const POOL_CONNECTIONS = 10;

/** How long a request waits for a connection before it is told to come back. */
const CONNECT_TIMEOUT_MS = 3_000;

/** How long a statement may take. The server ends it; a server that no longer answers is given up a little later. */
const STATEMENT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;

/** How long a start waits for another daemon's migrations, and for locks on the tables it changes. */
const MIGRATION_LOCK_TIMEOUT_MS = 60_000;

/**
 * How long a statement waits for the embedded database's one session. In practice only a statement sent past an
 * open transaction, which then waits for itself, comes to this limit.
 */
const SESSION_WAIT_MS = 5_000;

/** How pg reaches a database, in normal service and for migrations. */
export interface Access {
  readonly service: PoolConfig;
  readonly migration: PoolConfig;
}

/** A PostgreSQL server, by URL; what the URL says beats what stands here. */
export function postgresAccess(url: string): Access {
  const common: PoolConfig = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'lattice-discovery',
    keepAlive: true,
    // Times are read as text, whose form depends on these two.
    options: '-c TimeZone=UTC -c DateStyle=ISO',
  };
  const service: PoolConfig = {
    ...common,
    max: POOL_CONNECTIONS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    // The locks of a transaction whose daemon has gone without a word.
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  };
  return { service, migration: { ...common, max: 1, lock_timeout: MIGRATION_LOCK_TIMEOUT_MS } };
}

/** The embedded database: one client, as it has one session. The pool's queue is what makes the others wait. */
export function embeddedAccess(session: EmbeddedSession): Access {
  const config: PoolConfig = {
    stream: () => new PgliteStream(session),
    // Said in full, or pg would take them from the environment.
    host: 'localhost',
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    max: 1,
    connectionTimeoutMillis: SESSION_WAIT_MS,
    idleTimeoutMillis: 0,
  };
  return { service: config, migration: config };
}

/** A TypeORM data source with a pool of exactly this configuration, connected once to see that it can be. */
export async function openDataSource(
  config: PoolConfig,
  logger: Logger,
  migrations = MIGRATIONS,
): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    extra: { ...config, types: columnTypes },
    migrations,
    logging: false,
    installExtensions: false,
    poolErrorHandler: (error: unknown) =>
      logger.warn('An idle connection to the database was lost.', { error }),
  });
  return dataSource.initialize();
}

/** The pg pool that a data source works with. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}
