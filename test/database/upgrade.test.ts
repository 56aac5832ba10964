import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataSource } from '../../src/database/data-source.js';
import type { Database } from '../../src/database/database.js';
import { manageMigrations } from '../../src/database/manage-migrations.js';
import { migrationNames } from '../../src/database/migrations/all.js';
import { openDatabase, reachDatabase, serve } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { type DatabasePlace, onEachDatabase } from '../support/databases.js';
import { rowsOf, schemaOf } from './dump.js';

const logger = new MemoryLogger();
const FIXTURES = new URL('./fixtures/', import.meta.url);
const RELEASES = readdirSync(FIXTURES).filter((name) => name.endsWith('.sql'));

async function load(place: DatabasePlace, release: string): Promise<void> {
  const reached = await reachDatabase(place, logger);
  const dataSource = await openDataSource(reached.access.migration, logger);
  await dataSource.query(readFileSync(new URL(release, FIXTURES), 'utf8'));
  await dataSource.destroy();
  await reached.release();
}

/** The database as it stands, without any migration. */
async function look<T>(place: DatabasePlace, at: (database: Database) => Promise<T>): Promise<T> {
  const database = await serve(await reachDatabase(place, logger), logger);
  try {
    return await at(database);
  } finally {
    await database.close();
  }
}

const everything = (place: DatabasePlace): Promise<[Awaited<ReturnType<typeof rowsOf>>, string[]]> =>
  look(place, async (database) => [await rowsOf(database), await schemaOf(database)]);

describe.each(RELEASES)('the tables and rows of release %s', (release) => {
  onEachDatabase('brought up to date', (under) => {
    let place: DatabasePlace;
    beforeEach(async () => {
      place = await under.create();
      await load(place, release);
    });
    afterEach(() => place.remove());

    it('keep every row, every column of it as it was', async () => {
      const [before] = await everything(place);
      await (await openDatabase(place, logger)).close();
      const [after] = await everything(place);
      for (const [table, rows] of Object.entries(before)) {
        expect(after[table], table).toHaveLength(rows.length);
        for (const row of rows) expect(after[table], table).toContainEqual(expect.objectContaining(row));
      }
      expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);
    });

    it('have the tables of a new database', async () => {
      const fresh = await under.create();
      await manageMigrations(fresh, logger, 'run');
      await manageMigrations(place, logger, 'run');
      expect((await everything(place))[1]).toEqual((await everything(fresh))[1]);
      await fresh.remove();
    });

    it('can go back migration by migration, and up again, with every row', async () => {
      const before = await everything(place);
      const { done } = await manageMigrations(place, logger, 'run');
      const upToDate = await everything(place);
      for (const name of done.toReversed()) {
        expect(await manageMigrations(place, logger, 'undo')).toMatchObject({ undone: [name] });
      }
      expect(await everything(place)).toEqual(before);
      await manageMigrations(place, logger, 'run');
      expect(await everything(place)).toEqual(upToDate);
    });

    it('can go back also from rows that the older tables could not hold', async () => {
      const before = await everything(place);
      await manageMigrations(place, logger, 'run');
      await look(place, async (database) => {
        await database.query(
          `INSERT INTO peers (server_uuid, server_id, first_fingerprint, public_key, fingerprint, announcement, announced_at,
             discovery_url, federation_url, first_seen_at, last_seen_at, trust, blocked_until)
           VALUES ('new', 'new', 'F', 'K', 'F', NULL, now(), 'd', 'f', now(), now(), 'blocked', now())`,
        );
        await database.query(`INSERT INTO blocklist VALUES ('domain', 'bad.example', '', now(), NULL)`);
      });
      const back = migrationNames().length - migrationNames().indexOf('CreateBlocklist1764100000000');
      for (let step = 0; step < back; step += 1) await manageMigrations(place, logger, 'undo');
      const [rows, schema] = await everything(place);
      expect(schema).toEqual(before[1]);
      expect(rows['peers']).toContainEqual(expect.objectContaining({ server_uuid: 'new', trust: 'blocked' }));
      expect(rows['peers']).toHaveLength(before[0]['peers']!.length + 1);
    });
  });
});

describe('docs/database.md', () => {
  const docs = readFileSync(new URL('../../docs/database.md', import.meta.url), 'utf8');

  it.each(migrationNames())('says of %s what it does and how to go back', (name) => {
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    const cells = row
      ?.split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
    expect(cells).toHaveLength(3);
    for (const cell of cells ?? []) expect(cell.length).toBeGreaterThan(2);
  });

  it('has them in order, and no other', () => {
    const named = [...docs.matchAll(/^\| `([A-Za-z]+\d{13})`/gm)].map(([, name]) => name);
    expect(named).toEqual(migrationNames());
  });
});

onEachDatabase('with LATTICE_MIGRATIONS=manual', (under) => {
  let place: DatabasePlace;
  beforeEach(async () => {
    place = await under.create();
    await load(place, '0.1.0.sql');
  });
  afterEach(() => place.remove());

  it('a start with pending migrations refuses, names them and the command, and changes nothing', async () => {
    const before = await everything(place);
    const start = openDatabase({ ...place, migrations: 'manual' }, logger);
    await expect(start).rejects.toMatchObject({ name: 'DatabaseUnusable' });
    await expect(start).rejects.toThrow('CreateBlocklist1764100000000');
    await expect(start).rejects.toThrow('npx lattice migrate');
    expect(await everything(place)).toEqual(before);
  });

  it('a start with tables up to date is as ever', async () => {
    await manageMigrations(place, logger, 'run');
    await (await openDatabase({ ...place, migrations: 'manual' }, logger)).close();
  });

  it('looking changes nothing, and running answers what was done', async () => {
    const before = await everything(place);
    const pending = migrationNames().slice(1);
    expect(await manageMigrations(place, logger, 'show')).toMatchObject({ pending, done: [] });
    expect(await everything(place)).toEqual(before);
    expect(await manageMigrations(place, logger, 'run')).toMatchObject({ pending, done: pending });
    expect(await manageMigrations(place, logger, 'run')).toMatchObject({ pending: [], done: [] });
  });
});

onEachDatabase('a database', (under) => {
  it('of a newer release is left alone, with what to do', async () => {
    const place = await under.create();
    await manageMigrations(place, logger, 'run');
    await look(place, (database) =>
      database.query(`INSERT INTO migrations (timestamp, name) VALUES (1, 'FromTomorrow1999000000000')`),
    );
    await expect(openDatabase(place, logger)).rejects.toThrow(
      'this one does not know FromTomorrow1999000000000',
    );
    await place.remove();
  });

  it('with the first migration alone has nothing to go back to', async () => {
    const place = await under.create();
    await load(place, '0.1.0.sql');
    await expect(manageMigrations(place, logger, 'undo')).rejects.toThrow('nothing before the first');
    await place.remove();
  });
});

it('what is pending is not told where the data folder cannot be looked into', async () => {
  const place = { dataDir: fileURLToPath(import.meta.url), databaseUrl: null };
  await expect(manageMigrations(place, logger, 'show')).rejects.toThrow('ENOTDIR');
});
