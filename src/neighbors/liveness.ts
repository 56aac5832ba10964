import { INDIRECT_PROBES } from './suspicion.js';

/** How long a healthy server waits for the answer to a probe. */
export const PROBE_TIMEOUT_MS = 5_000;
/** The worst that a server thinks of itself (Lifeguard: S). */
const WORST_LOCAL_HEALTH = 8;

/** What came of one probe, or of any other call to a neighbour. */
export interface ProbeOutcome {
  readonly reached: boolean;
  /** Others asked to look for it. */
  readonly helpersAsked: number;
  /** Those of them that answered in time, whatever they said. */
  readonly helpersAnswered: number;
}

/** An answer to a call of ours, probe or not. */
export const ANSWERED: ProbeOutcome = { reached: true, helpersAsked: 0, helpersAnswered: 0 };

/**
 * How unwell this server is, from 0 (well) to 8, after one more call (after Lifeguard's local health multiplier). Whoever
 * hears neither the one asked nor all of those who were to help may be the cause itself. One at a time, where Lifeguard
 * counts each of the missing: a quarter of all messages lost would make every server believe that it is unwell.
 */
export function localHealth(score: number, { reached, helpersAsked, helpersAnswered }: ProbeOutcome): number {
  if (reached) return Math.max(0, score - 1);
  const isAllTold = helpersAsked > 0 && helpersAnswered === helpersAsked;
  return Math.min(WORST_LOCAL_HEALTH, score + (isAllTold ? 0 : 1));
}

/** By how much an unwell server stretches its probe interval and timeout. */
export function healthMultiplier(score: number): number {
  return score + 1;
}

/** Whether others' silence is held against them: one who is at a loss itself begins no suspicion. */
export function mayAccuse(score: number): boolean {
  return score < INDIRECT_PROBES;
}

/** How often a server looks at its neighbours: more often than it probes one, so that none waits for two intervals, and a suspect's end is seen. */
export function probeLookMs(intervalMs: number): number {
  return intervalMs / 4;
}

export interface ProbeFacts {
  /** When it was last heard: any authenticated exchange. Null where it never was. */
  readonly heardAtMs: number | null;
  readonly probedAtMs: number | null;
  readonly intervalMs: number;
  readonly localHealth: number;
  /** It is asked again at the plain pace, however unwell we are: nothing else can clear it in time. */
  readonly isSuspect: boolean;
  readonly nowMs: number;
}

/** Whether a neighbour is to be probed now: once an interval, and only if it was not heard meanwhile (wire protocol 2.6). */
export function isProbeDue(facts: ProbeFacts): boolean {
  const { heardAtMs, probedAtMs, intervalMs, isSuspect, nowMs } = facts;
  const lastMs = Math.max(heardAtMs ?? -Infinity, probedAtMs ?? -Infinity);
  const waitMs = intervalMs * (isSuspect ? 1 : healthMultiplier(facts.localHealth));
  return nowMs >= lastMs + waitMs || nowMs < lastMs;
}

const RANK = { up: 0, suspect: 1, down: 2 } as const;

/** Those that are up first, those that are down last, else in the order given. Who is not watched counts as up. */
export function preferringUp<T>(
  items: readonly T[],
  sightingOf: (item: T) => { readonly state: keyof typeof RANK } | null,
): T[] {
  const rank = (item: T): number => RANK[sightingOf(item)?.state ?? 'up'];
  return [...items].sort((one, other) => rank(one) - rank(other));
}

/** Whom to ask after a failed probe: up to 3 of those that are up, given in random order, and never the one in question. */
export function chooseHelpers<Id>(neighborsUp: readonly Id[], silent: Id): Id[] {
  return neighborsUp.filter((id) => id !== silent).slice(0, INDIRECT_PROBES);
}
