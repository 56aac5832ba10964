import { describe, expect, it } from 'vitest';
import { FederationError } from '../protocol/errors.js';
import { asCodedError, asStartFailure, isUnavailable } from './failures.js';

const withCode = (code: string, message = 'connect to 10.0.0.5'): Error =>
  Object.assign(new Error(message), { code });

describe('a failed statement', () => {
  it.each(
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'ENOENT',
      'EPIPE',
      'ETIMEDOUT',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
    ].concat([
      '08006',
      '08P01',
      '53300',
      '57P01',
      '57P02',
      '57P03',
      '57014',
      '55P03',
      '25006',
      '58030',
      '40001',
      '40P01',
    ]),
  )('with %s says that the database is away', (code) => {
    expect(isUnavailable(withCode(code))).toBe(true);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'This socket has been ended by the other party',
  ])('with "%s" says that the database is away', (message) => {
    expect(isUnavailable(new Error(message))).toBe(true);
  });

  it.each(['23505', '42P01', '22P02', '25P02', '28P01', '3D000'])('with %s does not', (code) => {
    const error = withCode(code);
    expect(isUnavailable(error)).toBe(false);
    expect(asCodedError(error)).toBe(error);
  });

  it.each([
    new Error('anything else'),
    new FederationError('not_found', 'x'),
    'ECONNREFUSED',
    null,
    undefined,
  ])('with %s does not', (error) => {
    expect(isUnavailable(error)).toBe(false);
  });

  it('becomes a coded error that names no host, and keeps the reason as its cause', () => {
    const cause = withCode('ECONNREFUSED');
    const error = asCodedError(cause) as FederationError;
    expect(error).toMatchObject({ code: 'database_unavailable', status: 503, cause });
    expect(error.message).not.toContain('10.0.0.5');
    expect(asCodedError(error)).toBe(error);
  });
});

describe('a failed start', () => {
  it.each(['28P01', '28000', '3D000', '42501'])('with %s names the variable to look at', (code) => {
    expect(asStartFailure(withCode(code, 'no such role'))).toMatchObject({
      name: 'DatabaseUnusable',
      message: 'PostgreSQL refuses: no such role (see LATTICE_DATABASE_URL).',
    });
  });

  it('of a command that another user types says who may', () => {
    const refused = withCode('28000', 'Peer authentication failed for user "lattice"');
    expect((asStartFailure(refused) as Error).message).toMatch(
      /Peer authentication failed .*LATTICE_DATABASE_URL.*user of the daemon/,
    );
  });

  it('with a lost connection is unavailable, and any other stays as it is', () => {
    const other = withCode('42P01');
    expect(asStartFailure(withCode('ECONNREFUSED'))).toMatchObject({ code: 'database_unavailable' });
    expect(asStartFailure(other)).toBe(other);
  });
});
