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

export interface AdmissionFacts {
  readonly mode: Admission;
  readonly serverId: string;
  readonly origin: Origin;
  /** Hosts of the configured bootstrap servers. */
  readonly bootstrapHosts: ReadonlySet<string>;
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
  origin,
  bootstrapHosts,
}: AdmissionFacts): AdmissionDecision {
  // Whoever names a bootstrap server has introduced it.
  if (mode === 'open' || origin.type === 'bootstrap' || bootstrapHosts.has(serverId))
    return { type: 'admit' };
  return {
    type: 'refuse',
    code: 'not_admitted',
    detail: `this server admits only the hosts of its bootstrap servers (LATTICE_ADMISSION=${mode})`,
  };
}
