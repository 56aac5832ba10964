import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import type { Database } from '../../src/database/database.js';
import { onEachDatabase, openTestDatabase } from '../support/databases.js';

onEachDatabase('a statement', (under) => {
  let database: Database;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ database, remove } = await openTestDatabase(under));
    await database.query('CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL UNIQUE)');
  });
  beforeEach(() => database.query('TRUNCATE things'));
  afterAll(() => remove());

  const names = async (): Promise<string[]> =>
    (await database.query<{ name: string }>('SELECT name FROM things ORDER BY id')).map(({ name }) => name);

  it('says which database it runs on, and that it can be reached', async () => {
    expect(database.kind).toBe(under.kind);
    expect(await database.isReachable()).toBe(true);
  });

  it('answers rows, whatever kind it is', async () => {
    const insert = "INSERT INTO things VALUES (1, 'a'), (2, 'b') RETURNING id, name";
    expect(await database.query(insert)).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
    expect(
      await database.query('UPDATE things SET name = $2 WHERE id = $1 RETURNING name', [1, 'c']),
    ).toEqual([{ name: 'c' }]);
    expect(await database.query('DELETE FROM things WHERE id = 2 RETURNING id')).toEqual([{ id: 2 }]);
    expect(await database.query('SELECT count(*) FROM things')).toEqual([{ count: 1 }]);
    expect(await database.query('DELETE FROM things')).toEqual([]);
  });

  it('answers a time as milliseconds with its microseconds, exactly as it was written', async () => {
    const times = [0, 1795478523456.789, 1795478523456, -1.001, 253402300799999.97, -62135596800000];
    const [row] = await database.query<{ times: unknown }>('SELECT 1 AS times');
    expect(row).toEqual({ times: 1 });
    for (const time of times) {
      const [{ at }] = (await database.query('SELECT $1::timestamptz AS at', [formatTimestamp(time)])) as [
        { at: number },
      ];
      expect(at).toBeCloseTo(time, 3);
    }
  });

  it('answers an int8 as a number, null as null, and text as the text it was', async () => {
    const text = 'ü€😀"\'\\{}\t\n';
    expect(
      await database.query('SELECT $1::int8 AS big, NULL::timestamptz AS nothing, $2::text AS text', [
        2 ** 53 - 1,
        text,
      ]),
    ).toEqual([{ big: 2 ** 53 - 1, nothing: null, text }]);
  });

  it('takes and answers some megabytes', async () => {
    const text = 'x'.repeat(3_000_000);
    const [row] = await database.query<{ text: string }>('SELECT $1::text || $1::text AS text', [text]);
    expect(row?.text).toHaveLength(6_000_000);
  });

  it('that is wrong fails with what PostgreSQL says, and harms no other', async () => {
    await database.query("INSERT INTO things VALUES (1, 'a')");
    for (let round = 0; round < 30; round += 1) {
      await expect(database.query("INSERT INTO things VALUES (2, 'a')")).rejects.toMatchObject({
        code: '23505',
      });
    }
    await expect(database.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(database.query('SELECT $1::integer', ['text'])).rejects.toMatchObject({ code: '22P02' });
    expect(await names()).toEqual(['a']);
  });

  it('gets its own rows where many run at a time', async () => {
    const one = async (number: number): Promise<void> => {
      const sql = `SELECT $1::int AS number, $2::text AS text FROM generate_series(1, ${(number % 7) + 1})`;
      const rows = await database.query(sql, [number, `row ${number}`]);
      expect(rows).toEqual(
        Array.from({ length: (number % 7) + 1 }, () => ({ number, text: `row ${number}` })),
      );
    };
    // Four times as many at a time as there are connections: none waits for long, however slow the machine is.
    const lanes = Array.from({ length: 40 }, async (_, lane) => {
      for (let number = lane; number < 1_000; number += 40) await one(number);
    });
    await Promise.all(lanes);
  });
});

onEachDatabase('a transaction', (under) => {
  let database: Database;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ database, remove } = await openTestDatabase(under));
    await database.query('CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL UNIQUE)');
  });
  beforeEach(() => database.query('TRUNCATE things'));
  afterAll(() => remove());

  const count = async (): Promise<number> =>
    (await database.query<{ count: number }>('SELECT count(*) FROM things'))[0]?.count ?? -1;
  const add = 'INSERT INTO things VALUES ($1, $2)';

  it('keeps everything when its work resolves, and answers what that answers', async () => {
    const answer = await database.transaction(async (tx) => {
      await tx.query(add, [1, 'a']);
      return tx.query('SELECT name FROM things');
    });
    expect(answer).toEqual([{ name: 'a' }]);
    expect(await count()).toBe(1);
  });

  it('keeps nothing when its work rejects, and rejects with the same error', async () => {
    const reason = new Error('changed my mind');
    const work = database.transaction(async (tx) => {
      await tx.query(add, [1, 'a']);
      throw reason;
    });
    await expect(work).rejects.toBe(reason);
    expect(await count()).toBe(0);
  });

  it('keeps nothing when one of its statements fails', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query(add, [1, 'a']);
      await tx.query(add, [2, 'a']);
    });
    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(await count()).toBe(0);
  });

  it('does not seem to succeed when the failure of a statement is swallowed', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query(add, [1, 'a']);
      await tx.query(add, [1, 'a']).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('was rolled back');
    expect(await count()).toBe(0);
  });

  it('is invisible to others until it commits', async () => {
    let letCommit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (letCommit = resolve));
    let work: Promise<void> = Promise.resolve();
    await new Promise<void>((sayWritten) => {
      work = database.transaction(async (tx) => {
        await tx.query(add, [1, 'a']);
        sayWritten();
        await mayCommit;
      });
    });
    const seen = count();
    // The embedded database lets the other statement wait until the transaction is over, PostgreSQL answers it at once.
    if (under.kind === 'postgres') expect(await seen).toBe(0);
    letCommit();
    await work;
    expect(await seen).toBe(under.kind === 'postgres' ? 0 : 1);
    expect(await count()).toBe(1);
  });

  it('runs beside many others, each whole', async () => {
    await database.query("INSERT INTO things VALUES (0, '0')");
    const increment = async (): Promise<void> =>
      database.transaction(async (tx) => {
        const [row] = await tx.query<{ name: string }>('SELECT name FROM things WHERE id = 0 FOR UPDATE');
        await tx.query('UPDATE things SET name = $1 WHERE id = 0', [String(Number(row?.name) + 1)]);
      });
    const lanes = Array.from({ length: 20 }, async () => {
      for (let turn = 0; turn < 5; turn += 1) await increment();
    });
    await Promise.all(lanes);
    expect(await database.query('SELECT name FROM things')).toEqual([{ name: '100' }]);
  });

  it('takes no statement once it is over', async () => {
    const tx = await database.transaction((open) => Promise.resolve(open));
    await expect(tx.query('SELECT 1')).rejects.toThrow('a transaction that is over');
  });
});
