/** How the `lattice` command ends. Above 64 they are those of sysexits.h; the help text shows them. */
export const EXIT = {
  done: 0,
  /** The daemon refused, or answered what makes no sense. */
  failed: 1,
  /** The command line is wrong, or lacks a consent. */
  usage: 2,
  /** EX_UNAVAILABLE: no daemon, or no database, answers. */
  unavailable: 69,
  /** EX_TEMPFAIL: the daemon runs, but not as it should, or wants to be asked later. */
  later: 75,
  /** EX_NOPERM: the daemon takes us for a stranger. */
  notAllowed: 77,
  /** EX_CONFIG */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command; the message is for the operator. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}
