/** What `lattice check` looks at, in its order. */
export type CheckName =
  | 'node'
  | 'configuration'
  | 'secret_store'
  | 'private_key'
  | 'port'
  | 'database'
  | 'migrations'
  | 'disk'
  | 'clock'
  | 'public_url'
  | 'administration'
  | 'bootstrap_servers';

export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** What one check came to; as `--json` shows it. */
export interface Finding {
  readonly check: CheckName;
  readonly outcome: Outcome;
  /** A sentence or more. */
  readonly summary: string;
  /** What to do about it; null where there is nothing to do. */
  readonly advice: string | null;
}

/** A finding that does not know yet which check it is of. */
export type Verdict = Omit<Finding, 'check'>;

export const ok = (summary: string): Verdict => ({ outcome: 'ok', summary, advice: null });
export const warning = (summary: string, advice: string): Verdict => ({
  outcome: 'warning',
  summary,
  advice,
});
export const failed = (summary: string, advice: string): Verdict => ({ outcome: 'failed', summary, advice });
/** @param summary why it could not be judged, or need not */
export const skipped = (summary: string, advice: string | null = null): Verdict => ({
  outcome: 'skipped',
  summary,
  advice,
});

export function finding(check: CheckName, verdict: Verdict): Finding {
  return { check, ...verdict };
}
