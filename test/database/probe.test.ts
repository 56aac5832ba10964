import { describe, expect, inject, it } from 'vitest';
import { DatabaseUnusable } from '../../src/database/failures.js';
import { probeDatabase } from '../../src/database/probe-database.js';

const url = inject('postgresUrl');
const missing = inject('postgresMissing');
const why = missing === null ? '' : ` (skipped: ${missing})`;

describe.skipIf(url === null)(`PostgreSQL that is there, and cannot be used as its URL says${why}`, () => {
  it.each([
    ['with TLS that it does not speak', 'sslmode=require', /does not support SSL/],
    [
      'with a certificate that is not there',
      'sslmode=verify-ca&sslrootcert=/nowhere/ca.pem',
      /\/nowhere\/ca\.pem/,
    ],
  ])('%s', async (_title, options, said) => {
    const databaseUrl = `${url}${url!.includes('?') ? '&' : '?'}${options}`;
    const refused = await probeDatabase({ databaseUrl }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(DatabaseUnusable);
    expect((refused as Error).message).toMatch(said);
    expect((refused as Error).message).toContain('LATTICE_DATABASE_URL');
  });

  it('is found to be there', async () => {
    await expect(probeDatabase({ databaseUrl: url })).resolves.toBeUndefined();
  });
});
