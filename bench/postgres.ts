import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms, runAs } from '../test/support/postgres-programs.js';

/** A server for the benchmark: everything as PostgreSQL comes, so a commit is on the disk when it is answered. */
export interface BenchPostgres {
  readonly url: string;
  readonly version: string;
  remove(): Promise<void>;
}

/** Null where there is no PostgreSQL to run. */
export async function startDurablePostgres(): Promise<BenchPostgres | null> {
  const programs = await findPrograms();
  if (programs === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'lattice-bench-postgres-'));
  if (runAs.uid !== undefined) await chown(folder, runAs.uid, runAs.gid ?? runAs.uid);
  const data = join(folder, 'data');
  const asOwner = { ...runAs, cwd: folder, env: { LC_ALL: 'C' } };
  const initialise = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C'];
  const made = spawnSync(programs.initdb, initialise, { ...asOwner, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`];
  const server = spawn(programs.postgres, settings, { ...asOwner, stdio: ['ignore', 'ignore', 'pipe'] });
  process.once('exit', () => server.kill('SIGQUIT'));
  await ready(server);
  const version = spawnSync(programs.postgres, ['--version'], { ...runAs, encoding: 'utf8' }).stdout;
  return {
    url: `postgresql://postgres@localhost/postgres?host=${folder}`,
    version: /[\d.]+/.exec(version)?.[0] ?? 'unknown',
    remove: async () => {
      server.kill('SIGINT');
      await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', (text: Buffer) => {
      if (text.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}`)));
  });
}
