import type { Clock } from '../platform/clock.js';
import type { FederationErrorCode } from '../protocol/errors.js';

/** Someone claims what is another's: an operator wants to know. The other refusals are everyday. */
const CLAIMS_OF_OTHERS: ReadonlySet<FederationErrorCode> = new Set([
  'key_mismatch',
  'key_reused',
  'name_taken',
  'identity_revoked',
]);

const HOUR_MS = 3_600_000;
/** Warnings an hour for each kind of claim: enough to see it, too few for a stranger to fill a disk. */
export const CLAIM_WARNINGS_PER_HOUR = 20;

/** Decides which refusals are worth a warning. Holds two numbers for each of a few codes. */
export class ClaimAlarm {
  private readonly windows = new Map<FederationErrorCode, { readonly startMs: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  isWarning(code: FederationErrorCode): boolean {
    if (!CLAIMS_OF_OTHERS.has(code)) return false;
    const now = this.clock.now();
    let window = this.windows.get(code);
    if (window === undefined || Math.abs(now - window.startMs) >= HOUR_MS) {
      window = { startMs: now, count: 0 };
      this.windows.set(code, window);
    }
    window.count += 1;
    return window.count <= CLAIM_WARNINGS_PER_HOUR;
  }
}
