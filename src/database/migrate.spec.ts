import { describe, expect, it } from 'vitest';
import { requireSupportedVersion } from './migrate.js';

describe('a PostgreSQL', () => {
  it.each([130_000, 130_004, 150_012, 180_000])('of version %d is taken', (version) => {
    expect(() => requireSupportedVersion(version)).not.toThrow();
  });

  it.each([
    [129_999, 'PostgreSQL 12'],
    [90_624, 'PostgreSQL 9'],
    [Number.NaN, 'PostgreSQL NaN'],
  ])('of version %d is refused, with what to do', (version, name) => {
    expect(() => requireSupportedVersion(version)).toThrow(
      `The database is ${name}, and this needs 13 or newer`,
    );
    expect(() => requireSupportedVersion(version)).toThrow('LATTICE_DATABASE_URL');
  });
});
