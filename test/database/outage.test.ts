import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import {
  administer,
  createTestDatabase,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../support/postgres.js';

const server: PostgresServer | null = await startPostgres();
const unavailable = { code: 'database_unavailable', status: 503 };
const logger = new MemoryLogger();

const suite =
  server === null ? `a database that goes away (skipped: ${NO_POSTGRES})` : 'a database that goes away';

describe.skipIf(server === null)(suite, () => {
  const { url, start, stop } = bound(server);
  let database: Database;

  beforeAll(async () => {
    database = await openDatabase({ databaseUrl: url, dataDir: '/nonexistent' }, logger);
    await database.query('CREATE TABLE things (id integer PRIMARY KEY)');
  });
  afterAll(async () => {
    await database.close();
    await server?.remove();
  });

  const ids = async (): Promise<number[]> =>
    (await database.query<{ id: number }>('SELECT id FROM things ORDER BY id')).map(({ id }) => id);
  const killOthers = (): Promise<void> =>
    administer(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  /** Until the pool has seen that its connections are gone: each failure until then must be the coded one. */
  const healed = async (): Promise<void> => {
    for (;;) {
      try {
        await database.query('SELECT 1');
        return;
      } catch (error) {
        expect(error).toMatchObject(unavailable);
      }
    }
  };

  it.each(['fast', 'crash'] as const)(
    'is unavailable while it is stopped (%s), and heals when it is back',
    async (how) => {
      await database.query('TRUNCATE things');
      await Promise.all(
        Array.from({ length: 10 }, (_, id) => database.query('INSERT INTO things VALUES ($1)', [id])),
      );
      await stop(how);
      const attempts = Array.from({ length: 20 }, () => database.query('SELECT 1'));
      for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(unavailable);
      expect(await database.isReachable()).toBe(false);
      await expect(database.transaction(() => Promise.resolve())).rejects.toMatchObject(unavailable);
      await start();
      await healed();
      expect(await database.isReachable()).toBe(true);
      expect(await ids()).toHaveLength(10);
    },
  );

  it('heals when its idle connections are cut', async () => {
    await Promise.all(Array.from({ length: 10 }, () => database.query('SELECT pg_sleep(0.01)')));
    await killOthers();
    await healed();
  });

  it('is unavailable to a statement that is cut in the middle', async () => {
    const slow = database.query('SELECT pg_sleep(60)');
    const expected = expect(slow).rejects.toMatchObject(unavailable);
    await until(async () => await running('SELECT pg_sleep(60)'));
    await killOthers();
    await expected;
    await healed();
  });

  it.each([
    ['its connection is cut', killOthers, () => Promise.resolve()],
    ['the server is stopped', () => stop('fast'), start],
    ['the server crashes', () => stop('crash'), start],
  ])('leaves nothing of a transaction in whose middle %s', async (_what, hit, mend) => {
    await database.query('TRUNCATE things');
    const work = database.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (1)');
      await hit();
      await tx.query('INSERT INTO things VALUES (2)');
    });
    await expect(work).rejects.toMatchObject(unavailable);
    await mend();
    await healed();
    expect(await ids()).toEqual([]);
  });

  it('leaves nothing of a transaction that is cut before its commit', async () => {
    await database.query('TRUNCATE things');
    const work = database.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (1)');
      await killOthers();
    });
    await expect(work).rejects.toMatchObject(unavailable);
    await healed();
    expect(await ids()).toEqual([]);
  });

  it('is unavailable to a statement that takes too long', async () => {
    const limited = (statement: string): Promise<unknown> =>
      database.transaction(async (tx) => {
        await tx.query("SET LOCAL statement_timeout = '30ms'");
        await tx.query(statement);
      });
    await expect(limited('SELECT pg_sleep(60)')).rejects.toMatchObject(unavailable);
    await healed();
  });

  it('is unavailable when the server takes no more connections', async () => {
    await administer(url, 'CREATE ROLE cramped LOGIN CONNECTION LIMIT 0');
    const cramped = url.replace('postgres@', 'cramped@');
    const opening = openDatabase({ databaseUrl: cramped, dataDir: '/nonexistent' }, logger);
    await expect(opening).rejects.toMatchObject(unavailable);
  });

  const running = async (statement: string): Promise<boolean> => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = $1";
    return (await database.query(sql, [statement])).length > 0;
  };
});

describe('a start', () => {
  const open = (databaseUrl: string): Promise<Database> =>
    openDatabase({ databaseUrl, dataDir: '/nonexistent' }, logger);

  it('without a database at its address is unavailable', async () => {
    await expect(open('postgres://postgres@127.0.0.1:1/postgres')).rejects.toMatchObject(unavailable);
    await expect(open('postgres://postgres@/postgres?host=/nonexistent')).rejects.toMatchObject(unavailable);
  });

  it('is unavailable where something accepts the connection and never answers', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    await expect(open(`postgres://postgres@127.0.0.1:${port}/postgres`)).rejects.toMatchObject(unavailable);
    silent.close();
  });

  it.skipIf(inject('postgresUrl') === null)(
    'says what PostgreSQL refuses, and not the password',
    async () => {
      const { url, drop } = await createTestDatabase();
      await drop();
      const error = await open(url.replace(/\/\/[^@]*@/, '//nobody:hunter2@')).catch(
        (reason: unknown) => reason as Error,
      );
      expect(error).toMatchObject({
        name: 'DatabaseUnusable',
        message: expect.stringContaining('LATTICE_DATABASE_URL') as string,
      });
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2');
    },
  );

  it.skipIf(inject('postgresUrl') === null)(
    'takes a URL without a host, with the folder of the socket',
    async () => {
      const { url, drop } = await createTestDatabase();
      const folder = new URL(url).searchParams.get('host');
      if (folder !== null) {
        const database = await open(url.replace('@localhost/', '@/'));
        expect(await database.isReachable()).toBe(true);
        await database.close();
      }
      await drop();
    },
  );
});

describe.skipIf(inject('postgresUrl') === null)('a database that is closed', () => {
  it('is unavailable, and bears closing twice', async () => {
    const { url, drop } = await createTestDatabase();
    const database = await openDatabase({ databaseUrl: url, dataDir: '/nonexistent' }, logger);
    await Promise.all([database.close(), database.close()]);
    await expect(database.query('SELECT 1')).rejects.toMatchObject(unavailable);
    await drop();
  });
});

/** The parts of a server that may not be there, for a suite that is skipped then. */
function bound(maybe: PostgresServer | null): Pick<PostgresServer, 'url' | 'start' | 'stop'> {
  const missing = (): Promise<void> => Promise.reject(new Error(NO_POSTGRES));
  return {
    url: maybe?.url ?? '',
    start: () => maybe?.start() ?? missing(),
    stop: (how) => maybe?.stop(how) ?? missing(),
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
