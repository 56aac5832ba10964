import type { Logger } from '../observability/logger.js';
import type { Clock } from '../platform/clock.js';
import type { Random } from '../platform/random.js';
import { unlessAborted } from '../platform/unless-aborted.js';
import { FederationError } from '../protocol/errors.js';
import { VaultUnavailable } from '../secrets/vault/vault-fault.js';
import { explainStartFailure } from './start-failure.js';

const FIRST_DELAY_MS = 1_000;
/** What is back is noticed within this time. */
const LONGEST_DELAY_MS = 30_000;
/** Spread between daemons that wait for the same thing. */
const JITTER = 0.2;

/** Any number: only that there is a timer counts. */
const KEEP_ALIVE_MS = 60_000;

export interface Waiting {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Hears before each pause what is waited for and why. */
  readonly tell: (status: string) => void;
}

/** The operator ended the process while it waited. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Tries until it works: systemd starts a daemon before what it needs is up. What waiting cannot heal ends it at once.
 *
 * @param what follows "Waiting for" in the log
 * @throws Interrupted, or what `attempt` threw last
 */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, waiting: Waiting): Promise<T> {
  // The clock's timers keep no process alive, and while we wait there is nothing else.
  const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
  try {
    return await untilItWorks(what, attempt, waiting);
  } catch (error) {
    throw waiting.signal.aborted ? new Interrupted() : error;
  } finally {
    clearInterval(alive);
  }
}

async function untilItWorks<T>(what: string, attempt: () => Promise<T>, waiting: Waiting): Promise<T> {
  const { clock, random, logger, signal, tell } = waiting;
  for (let failures = 1; ; failures += 1) {
    try {
      return await unlessAborted(attempt(), signal);
    } catch (error) {
      if (signal.aborted || !mayHeal(error)) throw error;
      const delayMs = waitMs(failures, random.uniform());
      const { message } = explainStartFailure(error, null);
      logger.warn(`Waiting for ${what}`, { reason: message, retryInSeconds: Math.round(delayMs / 1000) });
      tell(`waiting for ${what}: ${message}`);
      await clock.sleep(delayMs, signal);
    }
  }
}

/** How long to wait after so many failures in a row; `draw` is from 0 to 1. */
export function waitMs(failures: number, draw: number): number {
  const ms = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
  return ms * (1 + JITTER * (draw - 0.5));
}

/** Whether the same may work later without anybody changing a setting. */
function mayHeal(error: unknown): boolean {
  if (error instanceof VaultUnavailable) return error.mayHeal;
  return error instanceof FederationError && error.code === 'database_unavailable';
}
