import { datedWrongly } from '../protocol/dating.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { ANNOUNCEMENT_MAX_AGE_MS } from '../protocol/limits.js';
import { isServerId, normalizeServerId } from '../protocol/server-id.js';

export interface ExchangeFacts {
  readonly nowMs: number;
  readonly sentAt: number;
  /** Time of this peer's last exchange; null before the first. */
  readonly lastSentAt: number | null;
  /** When we last acted on one of this peer's. */
  readonly lastActedAt: number | null;
  readonly gossipIntervalMs: number;
  /** Whether the sender has answered us from its endpoints: acting means to call them, and they may be a victim's. */
  readonly isProven: boolean;
}

export type ExchangeDecision =
  | { readonly type: 'act' }
  | { readonly type: 'note' }
  | { readonly type: 'reject'; readonly code: FederationErrorCode; readonly detail: string };

/** Rounds are never exactly an interval apart: one that comes a little early is not the second within it. */
const EARLY_TOLERANCE = 0.8;

/** What a known peer's PeerExchange does (wire protocol 1.3), supposing that its signature holds. */
export function decideExchange(facts: ExchangeFacts): ExchangeDecision {
  const wrong = datedWrongly('exchange', facts.sentAt, facts.nowMs, ANNOUNCEMENT_MAX_AGE_MS);
  if (wrong !== null) return reject(`message_${wrong.how}`, wrong.detail);
  if (facts.lastSentAt !== null && facts.sentAt <= facts.lastSentAt) {
    return reject('message_replayed', 'this exchange, or a later one, was received before');
  }
  const sinceActedMs = facts.nowMs - (facts.lastActedAt ?? Number.NEGATIVE_INFINITY);
  // Less than nothing: our clock was set back, and waiting for it to catch up could take years.
  const tooSoon = sinceActedMs >= 0 && sinceActedMs < facts.gossipIntervalMs * EARLY_TOLERANCE;
  return { type: tooSoon || !facts.isProven ? 'note' : 'act' };
}

/** Names that may be worth asking for, the sender's and ours left out, without repeats. */
export function exchangedNames(names: readonly string[], except: readonly string[]): string[] {
  const usable = names.filter(isServerId).map(normalizeServerId);
  return [...new Set(usable)].filter((name) => !except.includes(name));
}

function reject(code: FederationErrorCode, detail: string): ExchangeDecision {
  return { type: 'reject', code, detail };
}
