import type { Admission } from '../config/config.js';
import type { FederationErrorCode } from '../protocol/errors.js';

/** How an announcement came to us. */
export type Origin =
  /** Somebody posted it; `network` is the source's /24 or /48. */
  | { readonly type: 'received'; readonly network: string }
  /** We fetched it from a server that the operator named. */
  | { readonly type: 'bootstrap' }
  /** We fetched it because another server, or a caller of ours, pointed there. */
  | { readonly type: 'fetched' };

/** Hosts of the configured bootstrap servers, each with the fingerprints of those there; null for one without a pin. */
export type BootstrapPins = ReadonlyMap<string, ReadonlySet<string | null>>;

export interface AdmissionFacts {
  readonly mode: Admission;
  readonly serverId: string;
  readonly fingerprint: string;
  readonly origin: Origin;
  readonly bootstrapPins: BootstrapPins;
}

export type AdmissionDecision =
  | { readonly type: 'admit' }
  | { readonly type: 'refuse'; readonly code: FederationErrorCode; readonly detail: string };

/**
 * Whether an unknown name may join (wire protocol 2.4, modes `open` and `bootstrap-only`). What an admitted
 * newcomer may become, a neighbour or a route, is decided later: only once it has answered us.
 */
export function decideAdmission({
  mode,
  serverId,
  fingerprint,
  origin,
  bootstrapPins,
}: AdmissionFacts): AdmissionDecision {
  const pins = bootstrapPins.get(serverId);
  // Or a stranger who is quicker than the bootstrap server could take its name.
  if (pins !== undefined && !pins.has(null) && !pins.has(fingerprint)) {
    const detail = 'this name is pinned to another key here (LATTICE_BOOTSTRAP_PINS)';
    return { type: 'refuse', code: 'key_mismatch', detail };
  }
  // Whoever names a bootstrap server has introduced it.
  if (mode === 'open' || origin.type === 'bootstrap' || pins !== undefined) return { type: 'admit' };
  return {
    type: 'refuse',
    code: 'not_admitted',
    detail: `this server admits only the hosts of its bootstrap servers (LATTICE_ADMISSION=${mode})`,
  };
}
