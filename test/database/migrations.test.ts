import { MigrationExecutor } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { embeddedAccess, openDataSource, postgresAccess } from '../../src/database/data-source.js';
import { EmbeddedSession } from '../../src/database/embedded/embedded-session.js';
import { startPglite } from '../../src/database/embedded/pglite.js';
import { migrate } from '../../src/database/migrate.js';
import { MIGRATIONS } from '../../src/database/migrations/all.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { onEachDatabase, openTestDatabase } from '../support/databases.js';
import { createTestDatabase } from '../support/postgres.js';

const logger = new MemoryLogger();

const TABLES = [
  'admissions',
  'blocklist',
  'claims',
  'identity',
  'migrations',
  'neighbors',
  'own_statement_deliveries',
  'own_statements',
  'peer_rotations',
  'peers',
  'record_state',
  'reserved_names',
  'revocations',
  'routes',
  'tombstones',
];

const TABLE_NAMES = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`;

onEachDatabase('the tables', (under) => {
  it('are there after the first start, and keep what they hold at the next', async () => {
    const { database, place, remove } = await openTestDatabase(under);
    const rows = await database.query<{ name: string }>(TABLE_NAMES);
    expect(rows.map(({ name }) => name)).toEqual(TABLES);
    await database.query("INSERT INTO neighbors SELECT 'x', now() WHERE false");
    await database.query(
      "INSERT INTO reserved_names (server_id, server_uuid, reserved_until) VALUES ('left.example', 'uuid', now())",
    );
    await database.close();

    const again = await openDatabase(place, logger);
    expect(await again.query('SELECT server_id FROM reserved_names')).toEqual([
      { server_id: 'left.example' },
    ]);
    await again.close();
    await remove();
  });
});

onEachDatabase('the migrations', (under) => {
  let access: ReturnType<typeof postgresAccess>;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    if (under.kind === 'postgres') {
      const { url, drop } = await createTestDatabase();
      access = postgresAccess(url);
      remove = drop;
    } else {
      const pglite = await startPglite();
      access = embeddedAccess(new EmbeddedSession(pglite));
      remove = () => pglite.close();
    }
  });
  afterAll(() => remove());

  it('can all be taken back, and made again', async () => {
    await migrate(access.migration, logger);
    const dataSource = await openDataSource(access.migration, logger);
    for (const _ of MIGRATIONS) await new MigrationExecutor(dataSource).undoLastMigration();
    expect(await dataSource.query(TABLE_NAMES)).toEqual([{ name: 'migrations' }]);
    await dataSource.destroy();
    await migrate(access.migration, logger);
  });
});

describe.skipIf(inject('postgresUrl') === null)(
  'daemons that start on one PostgreSQL at the same moment',
  () => {
    it('all succeed, and the tables are made once', async () => {
      const { url, drop } = await createTestDatabase();
      const config = { databaseUrl: url, dataDir: '/nonexistent' };
      const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase(config, logger)));
      for (const database of databases) {
        expect(await database.query('SELECT count(*) FROM migrations')).toEqual([
          { count: MIGRATIONS.length },
        ]);
        await database.close();
      }
      await drop();
    });
  },
);
