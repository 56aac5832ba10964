import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSource } from '../../src/transfer/import/source.js';
import { PythonServer, SCHEMA, writeSqlite } from './python-daemon.js';

const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;

describe('the SQLite file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lattice-sqlite-test-'));
    file = join(folder, 'lattice.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const read = (): Promise<unknown> => readSource(file);

  it('of something else, or damaged, is refused with the reason', async () => {
    await expect(read()).rejects.toThrow('There is no file');
    await writeFile(file, 'hello');
    await expect(read()).rejects.toThrow('cannot be read as a SQLite database');
    const own = await PythonServer.make('home.example');
    writeSqlite(`${file}.whole`, { lattice_identity: Array.from({ length: 200 }, () => own.own()) });
    const whole = await readFile(`${file}.whole`);
    await writeFile(file, Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(whole.length - 8192, 7)]));
    await expect(read()).rejects.toThrow(/damaged|cannot be read/);
  });

  it('without the tables is refused; a view in their place is none', async () => {
    const { Database } = (await import('node-sqlite3-wasm')).default;
    const database = new Database(file);
    database.exec(
      'CREATE VIEW lattice_identity AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n',
    );
    database.close();
    await expect(read()).rejects.toThrow('no table lattice_identity');
  });

  it.skipIf(!hasPython)(
    `as Python left it when it was killed, with a write-ahead log, is read whole and not touched${hasPython ? '' : ' (skipped: no python3 with sqlite3)'}`,
    async () => {
      const script = `
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('PRAGMA journal_mode=WAL')
db.executescript(sys.argv[2])
db.execute("INSERT INTO lattice_identity (server_id, server_uuid, created_at) VALUES ('ä', ?, 17)", (b'ab\\x00c'.decode(),))
db.commit()
os._exit(0)`;
      expect(spawnSync('python3', ['-c', script, file, SCHEMA]).status).toBe(0);
      const state = async (): Promise<unknown> =>
        Promise.all(
          (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'base64')]),
        );
      const before = await state();
      expect(await read()).toMatchObject({
        identity: [
          {
            server_id: 'ä',
            server_uuid: { problem: 'holds the character U+0000' },
            created_at: '17',
            public_key: null,
          },
        ],
        peers: [],
      });
      expect(await state()).toEqual(before);
      expect(await readdir(folder)).toContain('lattice.db-wal');
    },
  );
});
