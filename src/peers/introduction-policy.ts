import { chargedWindow, roomIn, type Rate, type RateWindow } from '../platform/rate-window.js';
import { DAY_MS } from '../protocol/durations.js';
import { INTRODUCTIONS_PER_DAY } from '../protocol/limits.js';

const INTRODUCTION_RATE: Rate = { limit: INTRODUCTIONS_PER_DAY, windowMs: DAY_MS };

export interface IntroductionFacts {
  /** The introducer has answered us from where it says it is. */
  readonly isProven: boolean;
  /** We asked this introducer for records: catching up. */
  readonly wasAskedFor: boolean;
  /** What the introducer has used of its quota. */
  readonly used: RateWindow | undefined;
  readonly nowMs: number;
}

export type IntroductionDecision =
  /** `used`: what to remember of the introducer's quota from now on; undefined where nothing was charged. */
  | { readonly type: 'take'; readonly used: RateWindow | undefined }
  | { readonly type: 'refuse'; readonly why: 'unproven' | 'quota' };

/**
 * Whether an unknown server that came relayed is kept as `introduced` (wire protocol 2.4). Nobody calls it for that. Who is
 * only introduced itself introduces nobody: each of a thousand could bring a thousand, and one server would fill the directory.
 */
export function decideIntroduction({
  isProven,
  wasAskedFor,
  used,
  nowMs,
}: IntroductionFacts): IntroductionDecision {
  if (!isProven) return { type: 'refuse', why: 'unproven' };
  if (wasAskedFor) return { type: 'take', used };
  if (!roomIn(used, nowMs, INTRODUCTION_RATE).allowed) return { type: 'refuse', why: 'quota' };
  return { type: 'take', used: chargedWindow(used, nowMs, INTRODUCTION_RATE) };
}
