import type { DigestEntry } from '../protocol/records/digest.js';

/** Neighbours to whom a record is sent whole (wire protocol 2.5). */
const PUSH_FAN_OUT = 3;
/** Longest wait before a push; what is learnt meanwhile goes along with it. */
const PUSH_JITTER_MS = 2_000;
/** One hop of forwarding: how long after the push the others are offered the hash. */
export const HOP_MS = 2_000;
/** What is older has had its time as a rumour: every server has heard of it within a minute or compares directories. */
const FRESH_MS = 10 * 60_000;
/**
 * What was asked for is not asked for again for so long, a hop: several offers of one record come close together. When it
 * has not come by then, another of those that offered it is asked, see `nextToAsk`.
 */
export const ASKED_MS = HOP_MS;

/** A record that has changed what is held. */
export interface Arrival {
  /** See `isNews`. */
  readonly isNews: boolean;
  /** When it was announced (epoch milliseconds), where we asked for it, comparing directories; else null. */
  readonly caughtUpFrom: number | null;
  readonly nowMs: number;
}

/**
 * Whether to pass a record on. Never twice: once it is held, the same record changes nothing (infect and die). What was
 * caught up with and is old is news here alone: a newcomer would send the whole directory to three neighbours.
 */
export function isRumor({ isNews, caughtUpFrom, nowMs }: Arrival): boolean {
  return isNews && (caughtUpFrom === null || nowMs - caughtUpFrom <= FRESH_MS);
}

export interface RumorFacts<Id> {
  /** The ext neighbours that are up, in random order. */
  readonly neighbors: readonly Id[];
  /** Those that have it: they pushed or offered it, or it is about them. */
  readonly knowing: ReadonlySet<Id>;
  /** In [0, 1). */
  readonly jitterDraw: number;
}

export interface RumorPlan<Id> {
  readonly push: readonly Id[];
  /** From now. */
  readonly pushAfterMs: number;
  readonly offer: readonly Id[];
  /** From now. */
  readonly offerAfterMs: number;
}

/** To whom a rumour goes, and when (wire protocol 2.5). Look again with `stillToTell` when the time has come. */
export function planRumor<Id>({ neighbors, knowing, jitterDraw }: RumorFacts<Id>): RumorPlan<Id> {
  const audience = stillToTell(neighbors, knowing);
  const pushAfterMs = jitterDraw * PUSH_JITTER_MS;
  return {
    push: audience.slice(0, PUSH_FAN_OUT),
    pushAfterMs,
    offer: audience.slice(PUSH_FAN_OUT),
    offerAfterMs: pushAfterMs + HOP_MS,
  };
}

/** Without those from whom it has come meanwhile. */
export function stillToTell<Id>(audience: readonly Id[], knowing: ReadonlySet<Id>): Id[] {
  return audience.filter((id) => !knowing.has(id));
}

export interface OfferFacts {
  readonly offered: readonly DigestEntry[];
  /** By UUID, the hash of the record held. */
  readonly held: ReadonlyMap<string, string>;
  /** By hash, when it was last asked for (epoch milliseconds). */
  readonly asked: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** Whose records of an offer are asked for. Which of two different ones is newer, only the record itself can tell. */
export function wantedOf({ offered, held, asked, nowMs }: OfferFacts): string[] {
  const wanted = offered.filter(({ serverUuid, hash }) => {
    const askedAtMs = asked.get(hash);
    const isUnderWay = askedAtMs !== undefined && nowMs >= askedAtMs && nowMs < askedAtMs + ASKED_MS;
    return held.get(serverUuid) !== hash && !isUnderWay;
  });
  return [...new Set(wanted.map(({ serverUuid }) => serverUuid))];
}

/** Something that was asked for. */
export interface Asked<Id> {
  readonly askedAtMs: number;
  /** Those that offered it too, in order. */
  readonly others: readonly Id[];
}

/**
 * Whom to ask (`ext/records`) for what another was asked for and has not sent: an answer may get lost, and nobody offers
 * twice. Null while there is time, and where nobody else has it: comparing directories will bring it.
 */
export function nextToAsk<Id>({ askedAtMs, others }: Asked<Id>, isHeld: boolean, nowMs: number): Id | null {
  if (isHeld || nowMs < askedAtMs + ASKED_MS) return null;
  return others[0] ?? null;
}
