import type { MillParts } from './rumor-mill.js';

export interface FederationOptions {
  readonly nodes: number;
  readonly seed: number;
  readonly loss: number;
  /** All know all when the simulation begins; otherwise each knows itself alone. */
  readonly isSettled: boolean;
  /** Age of the records that all hold in the beginning; a day at most where it is not said. */
  readonly firstAgeMs?: number;
  /** Servers that speak only part 1 of the protocol. */
  readonly isLegacy?: (server: number) => boolean;
  /** Of every rumour, in place of chance; 1 for hops that all take their longest. */
  readonly jitterDraw?: number;
  readonly skewMs?: (server: number) => number;
  readonly withLocalHealth?: boolean;
  readonly onLearnt?: MillParts['onLearnt'];
}
