import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import type { Database, DatabaseKind } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { createTestDatabase } from './postgres.js';

/** The two settings that say which database; for `openDatabase` and as a part of a whole configuration. */
export interface DatabasePlace {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Removes it and all it holds; close what is open on it first. */
  readonly remove: () => Promise<void>;
}

export interface DatabaseUnderTest {
  readonly kind: DatabaseKind;
  /** For the name of a suite; says why it is skipped where it is. */
  readonly title: string;
  readonly missing: boolean;
  /** An empty one. */
  readonly create: () => Promise<DatabasePlace>;
}

const missingPostgres = inject('postgresMissing');

const postgres: DatabaseUnderTest = {
  kind: 'postgres',
  title: missingPostgres === null ? 'PostgreSQL' : `PostgreSQL (skipped: ${missingPostgres})`,
  missing: missingPostgres !== null,
  create: async () => {
    const [dataDir, database] = await Promise.all([temporaryFolder(), createTestDatabase()]);
    return {
      databaseUrl: database.url,
      dataDir,
      remove: async () => {
        await database.drop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

const embedded: DatabaseUnderTest = {
  kind: 'embedded',
  title: 'the embedded database',
  missing: false,
  create: async () => {
    const dataDir = await temporaryFolder();
    return { databaseUrl: null, dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
  },
};

export const databaseKinds: readonly DatabaseUnderTest[] = [postgres, embedded];

/** One suite, on both databases: `onEachDatabase('the directory', ({ create }) => { it(...) })`. */
export function onEachDatabase(name: string, suite: (under: DatabaseUnderTest) => void): void {
  for (const under of databaseKinds) {
    describe.skipIf(under.missing)(`${name} on ${under.title}`, () => suite(under));
  }
}

/** An open, empty database with all tables; `remove` closes it and takes it away. */
export async function openTestDatabase(
  under: DatabaseUnderTest,
): Promise<{ database: Database; place: DatabasePlace; remove: () => Promise<void> }> {
  const place = await under.create();
  const database = await openDatabase(place, new MemoryLogger());
  return {
    database,
    place,
    remove: async () => {
      await database.close();
      await place.remove();
    },
  };
}

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lattice-test-'));
}
