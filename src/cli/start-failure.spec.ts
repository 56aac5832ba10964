import { describe, expect, it } from 'vitest';
import { connectionFailure, poolExhausted } from '../database/failures.js';
import { databaseAway } from './start-failure.js';

const ADVICE = 'Check that it runs, and LATTICE_DATABASE_URL.';

describe('a database that is away', () => {
  it.each<[string, unknown, string]>([
    [
      'by its address',
      connectionFailure(new Error('connect ECONNREFUSED 10.0.0.5:5432')),
      'The database cannot be reached (connect ECONNREFUSED 10.0.0.5:5432).',
    ],
    [
      'by its socket, as a command hears it from pg',
      new Error('connect ENOENT /var/run/postgresql/.s.PGSQL.5432'),
      'The database cannot be reached (connect ENOENT /var/run/postgresql/.s.PGSQL.5432).',
    ],
    [
      'by each address of its name',
      connectionFailure(
        new AggregateError([
          new Error('connect ECONNREFUSED ::1:5432'),
          new Error('connect ECONNREFUSED 127.0.0.1:5432'),
        ]),
      ),
      'The database cannot be reached (connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432).',
    ],
    ['without a reason', connectionFailure(null), 'The database cannot be reached.'],
    [
      'because it is busy',
      poolExhausted(new Error('timeout exceeded when trying to connect'), 'postgres'),
      'The database is busy: no connection became free in time (timeout exceeded when trying to connect).',
    ],
  ])('is told %s', (_, error, words) => {
    expect(databaseAway(error)).toBe(`${words} ${ADVICE}`);
  });
});
