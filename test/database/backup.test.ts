import { mkdtemp, readFile, readdir, rm, stat, writeFile, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDataSource } from '../../src/database/data-source.js';
import { FolderLock } from '../../src/database/embedded/folder-lock.js';
import { manageMigrations } from '../../src/database/manage-migrations.js';
import { openDatabase, reachDatabase, serve } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { generateKeyPair, fingerprintOf, type KeyPair } from '../../src/platform/keys.js';
import { FileSecretStore } from '../../src/secrets/file-secret-store.js';
import { backup, type BackupReport } from '../../src/transfer/backup.js';
import { restore, type RestoreReport } from '../../src/transfer/restore.js';
import { rowsOf } from './dump.js';

const logger = new MemoryLogger();
const clock = new ManualClock(Date.UTC(2026, 10, 23));
const FIXTURE = new URL('./fixtures/0.1.0.sql', import.meta.url);
let folder: string;
let keys: KeyPair;
let file: string;

beforeAll(async () => {
  keys = await generateKeyPair();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lattice-backup-'));
  file = join(folder, 'saved.backup');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const placeOf = (name: string): { dataDir: string; databaseUrl: null } => ({
  dataDir: join(folder, name),
  databaseUrl: null,
});
const secretsOf = (name: string): FileSecretStore => new FileSecretStore(join(folder, name));
const save = (name: string, withKey = false): Promise<BackupReport> =>
  backup({ place: placeOf(name), secrets: secretsOf(name), clock, logger }, file, { withKey });
const putBack = (name: string, force = false): Promise<RestoreReport> =>
  restore({ place: placeOf(name), secrets: secretsOf(name), logger }, file, { force });

/** A server with rows in every table, its tables those of the first release, and its key. */
async function server(name: string): Promise<void> {
  await secretsOf(name).write('private_key', keys.privateKeyPem);
  const reached = await reachDatabase(placeOf(name), logger);
  const dataSource = await openDataSource(reached.access.migration, logger);
  await dataSource.query(await readFile(FIXTURE, 'utf8'));
  await dataSource.query('UPDATE identity SET public_key = $1, fingerprint = $2', [
    keys.publicKeyPem,
    fingerprintOf(keys.publicKeyPem),
  ]);
  await dataSource.destroy();
  await reached.release();
}

async function rowsIn(name: string): ReturnType<typeof rowsOf> {
  const database = await serve(await reachDatabase(placeOf(name), logger), logger);
  try {
    return await rowsOf(database);
  } finally {
    await database.close();
  }
}

describe('a backup', () => {
  it('says what it is, is private, and holds no key unless asked', async () => {
    await server('a');
    const report = await save('a');
    const lines = gunzipSync(await readFile(file))
      .toString()
      .split('\n');
    expect(JSON.parse(lines[0]!)).toEqual({
      format: 'lattice-backup',
      format_version: 1,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      created_at: '2026-11-23T00:00:00.000000+00:00',
      server_uuid: '00000001-1111-4111-8111-111111111111',
      server_id: 'home.example',
      fingerprint: fingerprintOf(keys.publicKeyPem),
      migrations: ['CreateDirectory1764000000000'],
      with_key: false,
    });
    expect(JSON.parse(lines.at(-2)!)).toMatchObject({ seal: { entries: report.entries } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(lines.join()).not.toContain('PRIVATE KEY');
    await rm(file);
    await save('a', true);
    expect(gunzipSync(await readFile(file)).toString()).toContain('PRIVATE KEY');
    expect(await readdir(folder)).toEqual(['a', 'saved.backup']);
  });

  it('never replaces a file, and leaves nothing where it fails', async () => {
    await server('a');
    await writeFile(file, 'mine');
    await expect(save('a')).rejects.toThrow('is there already');
    expect(await readFile(file, 'utf8')).toBe('mine');
    await expect(save('nowhere')).rejects.toThrow('There is no database');
    expect(await readdir(folder)).toEqual(['a', 'saved.backup']);
  });

  it('is refused while a daemon has the folder', async () => {
    await server('a');
    const lock = await FolderLock.take(join(folder, 'a'));
    await expect(save('a')).rejects.toMatchObject({ name: 'FolderInUse' });
    await lock.release();
  });

  it('of PostgreSQL is left to pg_dump, with the line', async () => {
    const place = { dataDir: folder, databaseUrl: 'postgres://db/x' };
    const parts = { place, secrets: secretsOf('a'), clock, logger };
    await expect(backup(parts, file, { withKey: false })).rejects.toThrow('pg_dump --format=custom');
    await expect(restore(parts, file, { force: false })).rejects.toThrow('pg_restore --clean');
  });
});

describe('a restore', () => {
  it('brings back every row on the very tables it came from, and a start then brings those up to date', async () => {
    await server('a');
    await save('a');
    expect(await putBack('b')).toMatchObject({ replaced: false, key: 'missing', server_id: 'home.example' });
    expect(await rowsIn('b')).toEqual(await rowsIn('a'));
    await secretsOf('b').write('private_key', keys.privateKeyPem);

    const database = await openDatabase(placeOf('b'), logger);
    const insert = `INSERT INTO own_statements (kind, body, created_at) VALUES ('key_rotation', '{}', now()) RETURNING seq`;
    expect(await database.query(insert)).toEqual([{ seq: 3 }]);
    await database.close();
  });

  it('of current tables works the same, with the key in it', async () => {
    await server('a');
    await manageMigrations(placeOf('a'), logger, 'run');
    await save('a', true);
    expect(await putBack('b')).toMatchObject({ key: 'in_place' });
    expect(await rowsIn('b')).toEqual(await rowsIn('a'));
    expect(await secretsOf('b').read('private_key')).toBe(keys.privateKeyPem);
    expect((await readdir(join(folder, 'b'))).sort()).toEqual(['database', 'private_key.pem']);
  });

  it('replaces a database, or the key of another server, only when forced', async () => {
    await server('a');
    await save('a');
    await (await openDatabase(placeOf('b'), logger)).close();
    await expect(putBack('b')).rejects.toThrow('--force');
    expect((await rowsIn('b'))['identity']).toEqual([]);
    expect(await putBack('b', true)).toMatchObject({ replaced: true });
    expect((await rowsIn('b'))['identity']).toHaveLength(1);

    await secretsOf('c').write('private_key', (await generateKeyPair()).privateKeyPem);
    await expect(putBack('c')).rejects.toThrow('private key of this server is not that of the backup');
    expect(await putBack('c', true)).toMatchObject({ key: 'other' });
  });

  it('is refused while a daemon has the folder', async () => {
    await server('a');
    await save('a');
    const lock = await FolderLock.take(join(folder, 'a'));
    await expect(putBack('a', true)).rejects.toMatchObject({ name: 'FolderInUse' });
    await lock.release();
  });

  it('refuses whatever is not as it was written, and leaves the folder as it was', async () => {
    await server('a');
    await save('a');
    const whole = await readFile(file);
    const text = gunzipSync(whole).toString();
    const lines = text.trimEnd().split('\n');
    const flipped = Buffer.from(whole);
    flipped[Math.floor(whole.length / 2)]! ^= 1;
    const broken: Record<string, [Buffer, string]> = {
      'a flipped bit': [flipped, 'damaged'],
      'cut off': [whole.subarray(0, whole.length - 20), 'damaged'],
      'cut off between lines': [gzipSync(`${lines.slice(0, -1).join('\n')}\n`), 'damaged'],
      'a changed row': [gzipSync(text.replace('b_b.example', 'x_x.example')), 'damaged'],
      'a row too few': [gzipSync(`${[...lines.slice(0, 3), ...lines.slice(4)].join('\n')}\n`), 'damaged'],
      'lines after its end': [gzipSync(`${text}{"table":"peers","row":{}}\n`), 'damaged'],
      'no JSON': [gzipSync('hello\n'), 'damaged'],
      'something else': [gzipSync('{"format":"tar"}\n'), 'no backup that this release can read'],
      'not compressed': [Buffer.from(text), 'damaged'],
      empty: [Buffer.alloc(0), 'damaged'],
      'a later release': [gzipSync(text.replace('CreateDirectory', 'FromTomorrow')), 'does not know'],
    };
    for (const [what, [bytes, reason]] of Object.entries(broken)) {
      await writeFile(file, bytes);
      await expect(putBack('b'), what).rejects.toThrow(reason);
      await expect(putBack('a', true), what).rejects.toThrow(reason);
    }
    await rm(file);
    await expect(putBack('b')).rejects.toThrow('There is no file');
    expect((await rowsIn('a'))['peers']).toHaveLength(5);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('that was broken off leaves the old database until the new one is in its place', async () => {
    await server('a');
    const data = join(folder, 'a');
    await mkdir(join(data, 'database.restoring', 'base'), { recursive: true });
    await rename(join(data, 'database'), join(data, 'database.replaced'));
    expect((await rowsIn('a'))['peers']).toHaveLength(5);
    await mkdir(join(data, 'database.replaced'));
    expect((await rowsIn('a'))['peers']).toHaveLength(5);
    expect((await readdir(data)).sort()).toEqual(['database', 'private_key.pem']);

    await save('a');
    await rename(join(data, 'database'), join(data, 'database.replaced'));
    await expect(putBack('a')).rejects.toThrow('--force');
    expect((await rowsIn('a'))['peers']).toHaveLength(5);
  });
});
