/** Longest and shortest time from suspicion to down (wire protocol 2.6). */
const SUSPICION_MAX_MS = 15 * 60_000;
const SUSPICION_MIN_MS = 3 * 60_000;
/** Others asked to look after a failed probe; so many confirmations bring the shortest time. */
export const INDIRECT_PROBES = 3;

/**
 * How long a suspect has to make itself heard: from 15 minutes down to 3, by the logarithm of those who confirm, so that
 * the first counts most (Lifeguard, Dadgar and others 2017: max - (max - min) log(C+1) / log(K+1)).
 */
export function suspicionTimeoutMs(confirmations: number): number {
  const share = Math.log(Math.min(confirmations, INDIRECT_PROBES) + 1) / Math.log(INDIRECT_PROBES + 1);
  return SUSPICION_MAX_MS - (SUSPICION_MAX_MS - SUSPICION_MIN_MS) * share;
}

/** How a neighbour looks from here. Times are epoch milliseconds. */
export type Liveness<Id> =
  | { readonly state: 'up' }
  /** `confirmedBy`: those who could not reach it either. */
  | { readonly state: 'suspect'; readonly sinceMs: number; readonly confirmedBy: readonly Id[] }
  | { readonly state: 'down'; readonly sinceMs: number };

export const UP = { state: 'up' } as const;

/** Something that was noticed about a neighbour. */
export type Observation<Id> =
  /** Any authenticated exchange with it, in either direction. */
  | { readonly type: 'heard' }
  /** It did not answer a probe of ours. */
  | { readonly type: 'silent' }
  /** Another server that we asked could not reach it either. */
  | { readonly type: 'confirmed'; readonly by: Id }
  /** Another server that we asked did reach it. */
  | { readonly type: 'vouched'; readonly by: Id };

/**
 * What an observation makes of it (wire protocol 2.6). Only our own failed probe begins a suspicion, so a third party's
 * word alone marks nobody down; and it only lengthens one up to the longest, so it keeps nobody up who is gone.
 */
export function observe<Id>(
  liveness: Liveness<Id>,
  observation: Observation<Id>,
  nowMs: number,
): Liveness<Id> {
  if (observation.type === 'heard') return UP;
  if (observation.type === 'silent') {
    return liveness.state === 'up' ? { state: 'suspect', sinceMs: nowMs, confirmedBy: [] } : liveness;
  }
  if (liveness.state !== 'suspect') return liveness;
  if (observation.type === 'vouched') return { ...liveness, confirmedBy: [] };
  if (liveness.confirmedBy.includes(observation.by) || liveness.confirmedBy.length >= INDIRECT_PROBES)
    return liveness;
  return { ...liveness, confirmedBy: [...liveness.confirmedBy, observation.by] };
}

/**
 * Down once its time is over. Look whenever the clock has moved: confirmations bring the moment closer. Where the suspicion
 * began lies ahead, the clock was set back since: its time begins anew.
 */
export function expire<Id>(liveness: Liveness<Id>, nowMs: number): Liveness<Id> {
  if (liveness.state !== 'suspect') return liveness;
  if (nowMs < liveness.sinceMs) return { ...liveness, sinceMs: nowMs };
  if (nowMs < downAtMs(liveness)) return liveness;
  return { state: 'down', sinceMs: nowMs };
}

/** When a suspect is down, unless it is heard or others speak up. */
function downAtMs({
  sinceMs,
  confirmedBy,
}: {
  readonly sinceMs: number;
  readonly confirmedBy: readonly unknown[];
}): number {
  return sinceMs + suspicionTimeoutMs(confirmedBy.length);
}
