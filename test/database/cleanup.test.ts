import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { CleanupRepository } from '../../src/maintenance/cleanup.repository.js';
import { onEachDatabase, openTestDatabase } from '../support/databases.js';

/** More than two statements delete. */
const MANY = 2_001;
const NOW = Date.UTC(2026, 10, 24);

onEachDatabase('the clean-up of a directory that was filled in a day', (under) => {
  let opened: { database: Database; remove: () => Promise<void> };
  beforeEach(async () => {
    opened = await openTestDatabase(under);
    await opened.database.query(
      `INSERT INTO peers (server_uuid, server_id, first_fingerprint, public_key, fingerprint, announcement, announced_at,
                          discovery_url, federation_url, trust, first_seen_at, last_seen_at)
       SELECT 'uuid ' || i, 'peer-' || i, 'key ' || i, 'key', 'key ' || i, '', seen_at, '', '', trust, seen_at, seen_at
       FROM (SELECT i, CASE i WHEN 1 THEN 'blocked' ELSE 'unknown' END AS trust,
                    CASE i WHEN 2 THEN timestamptz '2026-11-01Z' ELSE timestamptz '2026-01-01Z' END AS seen_at
             FROM generate_series(1, $1::int) i) AS known`,
      [MANY + 2],
    );
  });
  afterEach(() => opened.remove());

  it('deletes all that is past its time and nothing else, and lets the event loop turn meanwhile', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const { peers } = await new CleanupRepository(opened.database).run(NOW);
    isOver = true;
    expect(peers).toBe(MANY);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(await opened.database.query('SELECT server_id FROM peers ORDER BY server_id')).toEqual([
      { server_id: 'peer-1' },
      { server_id: 'peer-2' },
    ]);
  });

  it('leaves the latest 100,000 of the identities that ended', async () => {
    const { database } = opened;
    await database.query(
      `INSERT INTO tombstones (server_uuid, first_fingerprint, fingerprint, announced_at, revocation, expires_at)
       SELECT 'uuid ' || i, 'key', 'key', timestamptz '2026-01-01Z' + i * interval '1 second', 'ended',
              CASE i WHEN 1 THEN timestamptz '2026-12-01Z' END
       FROM generate_series(1, $1::int) i`,
      [100_001 + MANY],
    );
    await new CleanupRepository(database).run(NOW);
    const count = `SELECT count(*)::int AS count, min(announced_at) AS oldest FROM tombstones WHERE revocation = 'ended'
                     AND expires_at IS`;
    expect(await database.query(`${count} NULL`)).toEqual([
      { count: 100_000, oldest: Date.UTC(2026, 0, 1) + (MANY + 2) * 1_000 },
    ]);
    expect(await database.query(`${count} NOT NULL`)).toMatchObject([{ count: 1 }]);
  });

  it('ends between two of its statements when it is told to, and the next one goes on', async () => {
    const { database } = opened;
    const stop = new AbortController();
    database.query = async <Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> => {
      const rows = await Database.prototype.query.call(database, sql, parameters);
      if (sql.includes('DELETE FROM peers')) stop.abort();
      return rows as Row[];
    };
    expect((await new CleanupRepository(database).run(NOW, stop.signal)).peers).toBe(1_000);
    Reflect.deleteProperty(database, 'query');
    expect((await new CleanupRepository(database).run(NOW)).peers).toBe(MANY - 1_000);
  });
});
