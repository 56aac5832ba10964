import { resolve } from 'node:path';
import { CONFIG_EXIT_CODE, ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config.js';
import { DatabaseUnusable } from '../database/failures.js';
import { FolderInUse } from '../database/embedded/folder-lock.js';
import { FederationError } from '../protocol/errors.js';
import { VaultUnavailable } from '../secrets/vault/vault-fault.js';

/** What the system says where a file or folder cannot be made. */
const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC', 'EDQUOT']);

/** Whether the system did not let us use a file or folder, which it names. */
export function isUnwritable(error: unknown): error is NodeJS.ErrnoException & { readonly path: string } {
  const { code, path } = error as NodeJS.ErrnoException;
  return error instanceof Error && path !== undefined && UNWRITABLE.has(code ?? '');
}

export interface StartFailure {
  readonly exitCode: number;
  /** For the operator: what is wrong and what to do. */
  readonly message: string;
}

/** What to say about a start that failed; `config` is null where already the configuration could not be read. */
export function explainStartFailure(error: unknown, config: Config | null): StartFailure {
  if (error instanceof ConfigError) return { exitCode: CONFIG_EXIT_CODE, message: error.message };
  // Restarting would not help, and refused logins in a row lock a role out of Vault.
  if (error instanceof VaultUnavailable && !error.mayHeal)
    return { exitCode: CONFIG_EXIT_CODE, message: error.message };
  const fault = error as NodeJS.ErrnoException;
  if (fault.code === 'EADDRINUSE')
    return failed(`${where(config)} is taken: is another daemon running? Set LATTICE_PORT to another port.`);
  if (fault.code === 'EACCES' && isOfPort(fault, config)) {
    return failed(`${where(config)} is not for this user to take. Set LATTICE_PORT to a port above 1023.`);
  }
  if (fault.code === 'EADDRNOTAVAIL')
    return failed(`${where(config)} is no address of this machine. Check LATTICE_HOST.`);
  if (config !== null && UNWRITABLE.has(fault.code ?? '')) {
    return failed(
      `The data folder ${resolve(config.dataDir)} cannot be written (${fault.code}). Check LATTICE_DATA_DIR, and that this user may write there.`,
    );
  }
  if (error instanceof FederationError && error.code === 'database_unavailable') {
    return failed(databaseAway(error));
  }
  const isExplained =
    error instanceof DatabaseUnusable || error instanceof FolderInUse || error instanceof FederationError;
  return failed(isExplained ? fault.message : (fault.stack ?? String(error)));
}

/** The lock of the data folder listens too, on a socket of the file system. */
function isOfPort(fault: NodeJS.ErrnoException & { port?: number }, config: Config | null): boolean {
  return fault.syscall === 'listen' && fault.port === config?.port;
}

function failed(message: string): StartFailure {
  return { exitCode: 1, message };
}

function where(config: Config | null): string {
  return config === null ? 'The address' : `Port ${config.port} on ${config.host}`;
}

/** What to say of a database that is away; `error` is `database_unavailable`, or what pg or Node threw. */
export function databaseAway(error: unknown): string {
  const isCoded = error instanceof FederationError;
  const what = isCoded ? error.message.replace(/\.$/, '') : 'The database cannot be reached';
  const why = reason(isCoded ? error.extra.cause : error);
  return `${what}${why === '' ? '' : ` (${why})`}. Check that it runs, and LATTICE_DATABASE_URL.`;
}

/** With address and port or path, as the system says it; of a name with several addresses, for each. */
function reason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reason).join(', ');
  return cause instanceof Error ? cause.message : '';
}
