import { FederationError, type FederationErrorCode } from '../protocol/errors.js';
import type { Peer } from './peer.js';
import type { Claim } from './relayed-policy.js';

/** Who brought a record, and why. */
export interface Bringer {
  readonly introducer: Pick<Peer, 'serverUuid' | 'provenAt'>;
  /** We asked for it; of a proven neighbour that is bounded by the directory's size alone (wire protocol 2.4). */
  readonly askedFor: boolean;
  /** It is the record's own server, at the endpoints on file where it has proved itself. */
  readonly isOrigin?: boolean;
}

export type RelayedOutcome =
  /** `isNew`: the server was not known here. `isNews`: worth a rumour. */
  | { readonly type: 'taken'; readonly hash: string; readonly isNew: boolean; readonly isNews: boolean }
  | { readonly type: 'unchanged' }
  | { readonly type: 'refused'; readonly code: FederationErrorCode; readonly detail: string }
  /** What is on file stays; the operator is shown the other. */
  | { readonly type: 'claimed'; readonly claim: Claim };

export type Refused = Extract<RelayedOutcome, { type: 'refused' }>;

/** What the work answers, or the refusal that it threw. */
export function attempt<T>(work: () => T): T | Refused {
  try {
    return work();
  } catch (error) {
    return refusalOf(error);
  }
}

/** @throws the error, where it is no refusal */
export function refusalOf(error: unknown): Refused {
  if (!(error instanceof FederationError)) throw error;
  return { type: 'refused', code: error.code, detail: error.message };
}
