/** Every reason for which a server counts as degraded; also the label of lattice_degraded. */
export const PROBLEM_REASONS = [
  'database',
  'secret_store',
  'revoked',
  'administration_off',
  'rounds',
  'tasks',
  'neighbors',
  'unheard',
  'clock',
] as const;

export type ProblemReason = (typeof PROBLEM_REASONS)[number];

export interface Problem {
  readonly reason: ProblemReason;
  /** A sentence for the operator, without its full stop. */
  readonly detail: string;
}

/** A failure or two pass by themselves; a task that failed this often in a row has not. */
const FAILURES_TO_MENTION = 3;
/** Rounds that may be missed before it is worth a word. */
const MISSED_ROUNDS = 3;

export interface HealthFacts {
  readonly nowMs: number;
  readonly startedAt: number;
  readonly gossipIntervalMs: number;
  readonly isDatabaseReachable: boolean;
  readonly isSecretStoreUsable: boolean;
  readonly isRevoked: boolean;
  readonly isAdministrationOff: boolean;
  /** Epoch milliseconds; null before the first round. */
  readonly lastRoundAt: number | null;
  /** Null where the database cannot be asked. */
  readonly neighbors: number | null;
  readonly hasBootstrapServers: boolean;
  /** Rounds in a row in which no neighbour took what we sent. */
  readonly roundsInVain: number;
  /** Neighbours refused what we signed as dated wrongly, and none took it. */
  readonly isClockDoubted: boolean;
  readonly tasks: readonly { readonly task: string; readonly failures: number }[];
}

/** What is not as it should be. */
export function problemsOf(facts: HealthFacts): readonly Problem[] {
  const failing = facts.tasks.filter(({ failures }) => failures >= FAILURES_TO_MENTION);
  const found: readonly (readonly [ProblemReason, boolean, string])[] = [
    ['database', !facts.isDatabaseReachable, 'the database cannot be reached'],
    ['revoked', facts.isRevoked, 'the identity of this server is revoked'],
    // Without the reason, which names addresses of our own network: it is in the log.
    [
      'secret_store',
      !facts.isSecretStoreUsable,
      'the secret store cannot be used; the daemon runs on with the key it holds',
    ],
    [
      'administration_off',
      facts.isAdministrationOff,
      'administration without a token is switched off, as the proxy may let strangers pass for the operator (the log says more)',
    ],
    ['rounds', areRoundsMissing(facts), 'gossip rounds are not run'],
    ['tasks', failing.length > 0, `tasks keep failing: ${failing.map(({ task }) => task).join(', ')}`],
    [
      'neighbors',
      facts.neighbors === 0 && shouldHaveMet(facts),
      'there is no neighbour, and no bootstrap server was met (the log says why)',
    ],
    [
      'unheard',
      facts.roundsInVain >= MISSED_ROUNDS,
      'no neighbour took what this server sent in its last rounds',
    ],
    [
      'clock',
      facts.isClockDoubted,
      'neighbours find what this server signs dated wrongly: compare its clock with theirs',
    ],
  ];
  return found.flatMap(([reason, holds, detail]) => (holds ? [{ reason, detail }] : []));
}

/** A server without bootstrap servers may be the first of its federation. */
function shouldHaveMet({ hasBootstrapServers, nowMs, startedAt, gossipIntervalMs }: HealthFacts): boolean {
  return hasBootstrapServers && nowMs - startedAt > MISSED_ROUNDS * gossipIntervalMs;
}

function areRoundsMissing({ lastRoundAt, nowMs, startedAt, gossipIntervalMs }: HealthFacts): boolean {
  return nowMs - (lastRoundAt ?? startedAt) > MISSED_ROUNDS * gossipIntervalMs;
}
