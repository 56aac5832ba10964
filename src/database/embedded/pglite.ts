import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';

/**
 * Sizes for a directory of some thousand servers on a small machine. As it comes, PGlite takes 330 MB for an
 * existing database; with these 135 to 180 MB.
 */
const START_PARAMETERS = ['shared_buffers=8MB', 'max_connections=10', 'wal_buffers=1MB'];

/**
 * Starts PGlite on a folder, which it fills where it is empty; without a folder it lives in memory. Who has PostgreSQL
 * never loads it.
 */
export async function startPglite(folder?: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  const startParams = [
    ...PGlite.defaultStartParams,
    ...START_PARAMETERS.flatMap((parameter) => ['-c', parameter]),
  ];
  return PGlite.create(folder, { startParams });
}

/** The version of PGlite that is installed: a snapshot belongs to exactly one. */
export function pgliteVersion(): string {
  const require = createRequire(import.meta.url);
  // The package does not export its manifest, so it is found beside its code.
  const manifest = require(join(dirname(require.resolve('@electric-sql/pglite')), '..', 'package.json')) as {
    version: string;
  };
  return manifest.version;
}
