import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseUnderTest } from './databases.js';
import { administer, type PostgresServer, withDatabase } from './postgres.js';

/** Databases of a PostgreSQL that a test file started itself and may stop. */
export function databasesOf(postgres: PostgresServer): DatabaseUnderTest {
  return {
    kind: 'postgres',
    title: 'PostgreSQL',
    missing: false,
    create: async () => {
      const name = `lattice_${randomBytes(6).toString('hex')}`;
      await administer(postgres.url, `CREATE DATABASE ${name}`);
      const dataDir = await mkdtemp(join(tmpdir(), 'lattice-test-'));
      const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
      return { databaseUrl: withDatabase(postgres.url, name), dataDir, remove };
    },
  };
}
