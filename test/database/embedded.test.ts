import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { prepareDataFolder } from '../../src/database/embedded/data-folder.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { runChild } from '../support/run-child.js';

let dataDir: string;
const logger = new MemoryLogger();
const open = (): Promise<Database> => openDatabase({ dataDir, databaseUrl: null }, logger);
const holdBy = (pid: number): unknown =>
  expect.objectContaining({
    name: 'FolderInUse',
    holderPid: pid,
    message: expect.stringContaining(`${dataDir} is in use by process ${pid}`) as string,
  });

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lattice-embedded-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('the folder of the embedded database', () => {
  it('is for its owner alone, also where it had been open to others', async () => {
    dataDir = join(dataDir, 'new', 'data');
    await (await open()).close();
    const modes = async (): Promise<number[]> =>
      Promise.all([dataDir, join(dataDir, 'database')].map(async (path) => (await stat(path)).mode & 0o777));
    expect(await modes()).toEqual([0o700, 0o700]);
    await chmod(join(dataDir, 'database'), 0o755);
    await (await open()).close();
    expect(await modes()).toEqual([0o700, 0o700]);
  });

  it('is usable after a crash in the middle of its creation', async () => {
    await mkdir(join(dataDir, 'database.new', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'database.new', 'PG_VERSION'), '18\n');
    const database = await open();
    expect(await database.isReachable()).toBe(true);
    await database.close();
    expect(await readdir(dataDir)).toEqual(['database']);
  });

  it('can be made without the snapshot of the build', async () => {
    await prepareDataFolder(dataDir, () => Promise.resolve(null));
    expect(await readdir(dataDir)).toEqual(['database']);
    const database = await open();
    expect(await database.query('SELECT count(*) FROM peers')).toEqual([{ count: 0 }]);
    await database.close();
  });

  it('says once that a loss of power is not covered', async () => {
    const log = new MemoryLogger();
    await (await openDatabase({ dataDir, databaseUrl: null }, log)).close();
    expect(log.entries.filter(({ message }) => message.includes('loss of power'))).toHaveLength(1);
  });
});

describe('two at one embedded database', () => {
  it('of one process: the second is refused, until the first has closed', async () => {
    const first = await open();
    await expect(open()).rejects.toEqual(holdBy(process.pid));
    await first.close();
    await (await open()).close();
  });

  it('at the same moment: one is let in, by whatever name it calls the folder', async () => {
    const alias = `${dataDir}-alias`;
    await symlink(dataDir, alias);
    const both = await Promise.allSettled([
      open(),
      openDatabase({ dataDir: alias, databaseUrl: null }, logger),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const one of both) {
      if (one.status === 'fulfilled') await one.value.close();
      else expect(one.reason).toMatchObject({ name: 'FolderInUse' });
    }
    await rm(alias);
  });

  it('of two processes: the second is refused, and told who holds it', async () => {
    const child = runChild('database/children/hold-database.ts', dataDir);
    expect(await child.line()).toBe('open');
    await expect(open()).rejects.toEqual(holdBy(child.pid));
    expect(await child.finish()).toBe(0);
    await (await open()).close();
  });

  it('where only the folder is shared, as between containers: the second is refused too', async () => {
    // The abstract half of the lock is not seen from another network namespace: leave only the other half.
    const holder = createServer().listen(join(dataDir, 'database.lock.7'));
    await new Promise((resolve) => holder.once('listening', resolve));
    await expect(open()).rejects.toEqual(holdBy(7));
    await new Promise((resolve) => holder.close(resolve));
    await (await open()).close();
  });
});

describe('after kill -9', () => {
  it('no lock is left, even if the number of the process is used again', async () => {
    const child = runChild('database/children/hold-database.ts', dataDir);
    expect(await child.line()).toBe('open');
    await child.kill();
    // Its socket lies there still; now it bears the number of a process that lives: ours.
    await rename(join(dataDir, `database.lock.${child.pid}`), join(dataDir, `database.lock.${process.pid}`));
    const database = await open();
    await database.close();
    expect(await readdir(dataDir)).toEqual(['database']);
  });

  it('everything that was answered as committed is there, five times over', async () => {
    const database = await open();
    await database.query('CREATE TABLE counted (number integer)');
    await database.close();
    for (let round = 0; round < 5; round += 1) {
      const child = runChild('database/children/hold-database.ts', dataDir, 'counted');
      expect(await child.line()).toBe('open');
      let committed = 0;
      while (committed < 50) committed = Number(await child.line());
      await child.kill();
      const again = await open();
      const [row] = await again.query<{ number: number }>('SELECT max(number) AS number FROM counted');
      expect(row?.number).toBeGreaterThanOrEqual(committed);
      await again.query('TRUNCATE counted');
      await again.close();
    }
  });
});

describe('a statement sent past an open transaction', () => {
  it('fails in time instead of waiting for itself for ever, and the transaction goes on', async () => {
    const database = await open();
    await database.query('CREATE TABLE things (id integer)');
    const outcome = await database.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (1)');
      return database.query('SELECT 1').catch((error: unknown) => error);
    });
    expect(outcome).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('embedded database') as string,
    });
    expect(await database.query('SELECT id FROM things')).toEqual([{ id: 1 }]);
    await database.close();
  });

  it('takes its transaction along when its connection is thrown away, and never that of the next', async () => {
    const database = await open();
    await database.query('CREATE TABLE things (id integer)');
    // A failure that counts as a lost database makes the pool throw the client away, inside the transaction.
    const raise = `DO $$ BEGIN RAISE EXCEPTION 'no more' USING ERRCODE = '57P01'; END $$`;
    const insert = 'INSERT INTO things VALUES ($1)';
    const broken = (): Promise<unknown> =>
      database.transaction(async (tx) => {
        await tx.query(insert, [-1]);
        await tx.query(raise);
      });
    const whole = (): Promise<void> =>
      database.transaction(async (tx) => {
        for (let id = 0; id < 5; id += 1) await tx.query(insert, [id]);
      });
    for (let round = 0; round < 20; round += 1) {
      await expect(broken()).rejects.toMatchObject({ code: 'database_unavailable' });
      // At once, while the old client is still saying goodbye; and from the queue, where it waits for that.
      await whole();
      await Promise.all([broken().catch(() => undefined), whole()]);
    }
    expect(await database.query('SELECT id, count(*) FROM things GROUP BY id ORDER BY id')).toEqual(
      [0, 1, 2, 3, 4].map((id) => ({ id, count: 40 })),
    );
    await database.close();
  });
});
