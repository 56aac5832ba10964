import type { Clock } from '../platform/clock.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { HourlyBudget } from './hourly-budget.js';

/** Someone claims what is another's: an operator wants to know. The other refusals are everyday. */
const CLAIMS_OF_OTHERS: ReadonlySet<FederationErrorCode> = new Set([
  'key_mismatch',
  'key_reused',
  'name_taken',
  'identity_revoked',
]);

/** Warnings an hour for each kind of claim, and for revocations: enough to see it, too few for a stranger to fill a disk. */
export const CLAIM_WARNINGS_PER_HOUR = 20;

/** Decides which of the events that strangers can cause are worth a warning. */
export class ClaimAlarm {
  private readonly budget: HourlyBudget;

  constructor(clock: Clock) {
    this.budget = new HourlyBudget(clock, CLAIM_WARNINGS_PER_HOUR);
  }

  isWarning(code: FederationErrorCode): boolean {
    return CLAIMS_OF_OTHERS.has(code) && this.budget.allows(code);
  }

  /** Of a claim that others passed on. */
  isClaimWarning(): boolean {
    return this.budget.allows('claim');
  }

  /** Of an identity that ended: anyone can end as many as he makes. */
  isRevocationWarning(): boolean {
    return this.budget.allows('revocation');
  }
}
