import { FederationError } from '../protocol/errors.js';

/** Codes of Node that say the way to the database is broken. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * SQLSTATE classes and codes under which repeating the statement later may work: 08 connection exception,
 * 53 insufficient resources, 57P operator intervention (shutdown, starting up), 58 system error; 57014 statement
 * timeout, 55P03 lock (or the embedded database's gate) not free in time, 25006 a standby that was the primary,
 * 25P03 idle in a transaction; 40 a transaction that was rolled back for another's sake (deadlock, serialisation).
 */
const UNAVAILABLE_SQLSTATE = /^(08|40|53|57P|58)|^(57014|55P03|25006|25P03)$/;

/** How pg itself words it: its errors for these carry no code. */
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|This socket has been ended)/;

/** Whether a statement failed because another row, which may have been written at the same time, has the same key. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

/** 28 invalid authorization, 3D000 no such database, 42501 insufficient privilege. */
const REFUSED_SQLSTATE = /^(28|3D000|42501)/;

/** Whether a failed statement says that the database is away, rather than that the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof FederationError) return error.code === 'database_unavailable';
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_CODES.has(code) || UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_MESSAGE.test(error.message);
}

/**
 * `database_unavailable`, for a connection that could not be had or was lost; the reason is kept as cause, for the
 * log alone: it may name hosts and users.
 */
export function connectionFailure(cause: unknown): FederationError {
  return new FederationError('database_unavailable', 'The database cannot be reached.', { cause });
}

/** How pg-pool says that every connection stayed in use; it has no code for it. */
export function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}

/** `database_unavailable`, where every connection of the pool stayed in use. */
export function poolExhausted(cause: unknown, kind: 'postgres' | 'embedded'): FederationError {
  const message =
    kind === 'postgres'
      ? 'The database is busy: no connection became free in time.'
      : 'The embedded database is busy: it runs one transaction at a time, and a statement sent past an open one waits for itself.';
  return new FederationError('database_unavailable', message, { cause });
}

/** What PostgreSQL itself says of a statement: pg gives it a severity. A unique violation is a decision's, not a fault. */
export function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && !isUniqueViolation(error);
}

/** Why work in the database failed: it is away, all its connections are in use, or the statement itself is at fault. */
export type DatabaseFailure = 'unavailable' | 'busy' | 'statement';

export function failureOf(error: unknown): DatabaseFailure {
  if (isPoolTimeout(error)) return 'busy';
  return isUnavailable(error) ? 'unavailable' : 'statement';
}

/** `database_unavailable` where `isUnavailable`; any other error as it is. */
export function asCodedError(error: unknown): unknown {
  return isUnavailable(error) && !(error instanceof FederationError) ? connectionFailure(error) : error;
}

/** The database is there, but not as it must be; only the operator can mend that. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/**
 * What ends a start: what PostgreSQL says about the login or the name of the database, with the variable to look at.
 * Errors of other kinds stay as they are.
 */
export function asStartFailure(error: unknown): unknown {
  if (isUnavailable(error)) return asCodedError(error);
  if (!(error instanceof Error) || !('code' in error) || !REFUSED_SQLSTATE.test(String(error.code)))
    return error;
  // Most likely the operator typed the command as root.
  const hint = error.message.startsWith('Peer authentication failed')
    ? ' Over its socket it goes by who runs this: that has to be the user of the daemon.'
    : '';
  return new DatabaseUnusable(`PostgreSQL refuses: ${error.message} (see LATTICE_DATABASE_URL).${hint}`, {
    cause: error,
  });
}
