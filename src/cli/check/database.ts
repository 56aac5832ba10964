import type { Migrations } from '../../config/config.js';
import type { Inspected, Inspection } from '../../database/inspect-database.js';
import { compareMigrations, requireSupportedVersion } from '../../database/migrate.js';
import type { Identity } from '../../identity/identity.js';
import { failed, ok, skipped, warning, type Verdict } from './finding.js';

export type DatabaseFacts =
  | Inspected<Identity | null>
  /** The running daemon was asked instead: it has the embedded database open. */
  | { readonly state: 'asked_daemon'; readonly isReachable: boolean }
  /** @param problem in words that say what to do */
  | { readonly state: 'unusable'; readonly problem: string }
  /** Where it is stands in the secret store, which could not be read. */
  | { readonly state: 'unknown' };

/** Who we are as far as it is known: null where there is no identity yet, undefined where it could not be seen. */
export function identityIn(facts: DatabaseFacts): Identity | null | undefined {
  if (facts.state === 'inspected') return facts.found;
  return facts.state === 'absent' ? null : undefined;
}

export function judgeDatabase(facts: DatabaseFacts): Verdict {
  switch (facts.state) {
    case 'absent':
      return ok('There is no embedded database yet: the first start makes it.');
    case 'in_use':
      return failed(
        `The embedded database is open in ${facts.pid === null ? 'another process' : `process ${facts.pid}`}, which does not answer as our daemon does.`,
        'Check LATTICE_HOST and LATTICE_PORT. If the process hangs or is none of yours, end it.',
      );
    case 'asked_daemon':
      return facts.isReachable
        ? ok('The running daemon has the embedded database open and can use it.')
        : failed('The running daemon cannot use its database.', 'Its log says why; restart it.');
    case 'unusable':
      return failed(facts.problem, 'See docs/database.md for what the daemon needs.');
    case 'unknown':
      return skipped('The secret store, which may hold the address of the database, cannot be read.');
    case 'inspected':
      return judgeInspection(facts);
  }
}

function judgeInspection({ kind, version, isReadOnly, mayWrite }: Inspection<unknown>): Verdict {
  try {
    requireSupportedVersion(version);
  } catch (error) {
    return failed((error as Error).message, 'Upgrade PostgreSQL, or use another server.');
  }
  const release = `PostgreSQL ${versionIn(version)}`;
  const name = kind === 'embedded' ? `The embedded database (${release})` : release;
  if (isReadOnly)
    return failed(
      `${name} is a standby or read-only: nothing can be written.`,
      'Give LATTICE_DATABASE_URL the address of the primary.',
    );
  if (!mayWrite)
    return failed(
      `${name} does not let its user change the tables of the daemon.`,
      'Give the user of LATTICE_DATABASE_URL the tables: ALTER TABLE ... OWNER TO ..., or GRANT.',
    );
  return ok(`${name} can be read and written.`);
}

export interface MigrationFacts {
  readonly database: DatabaseFacts;
  readonly ours: readonly string[];
  readonly mode: Migrations;
  readonly isDaemonRunning: boolean;
}

export function judgeMigrations({ database, ours, mode, isDaemonRunning }: MigrationFacts): Verdict {
  if (database.state === 'absent') return ok('The first start makes the tables.');
  if (database.state === 'asked_daemon')
    return database.isReachable
      ? ok('The running daemon has all tables it needs, or it would not have started.')
      : skipped('The database cannot be used.');
  if (database.state !== 'inspected') return skipped('The database cannot be looked at.');
  try {
    const { done, pending } = compareMigrations(ours, database.done);
    if (pending.length === 0) return ok(`The tables are up to date (${done.length} migrations).`);
    return judgePending(pending, { isEmpty: done.length === 0, mode, isDaemonRunning, ...database });
  } catch (error) {
    return failed((error as Error).message, 'See docs/database.md for how to go back to an older release.');
  }
}

function judgePending(
  pending: readonly string[],
  circumstances: Pick<MigrationFacts, 'mode' | 'isDaemonRunning'> & {
    readonly isEmpty: boolean;
    readonly mayCreate: boolean;
  },
): Verdict {
  const { isEmpty, mode, isDaemonRunning, mayCreate } = circumstances;
  const what = `The database lacks ${pending.length} of the migrations: ${pending.join(', ')}.`;
  if (!mayCreate)
    return failed(
      `${what} Its user may not make tables.`,
      'Give the user of LATTICE_DATABASE_URL CREATE on the schema: GRANT CREATE ON SCHEMA public TO ...',
    );
  if (isDaemonRunning)
    return warning(
      `${what} The running daemon is of an older release than this command.`,
      'Restart the daemon.',
    );
  if (mode === 'manual')
    return failed(
      `${what} LATTICE_MIGRATIONS=manual leaves them to you.`,
      'Make a backup, then run "lattice migrate".',
    );
  return isEmpty
    ? ok('The database is empty: the first start makes the tables.')
    : warning(`${what} The next start runs them.`, 'Make a backup, then start the daemon.');
}

/** 130004 as 13.4. */
function versionIn(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}
