import type { AdmissionMode } from '../config/config.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { isProvable } from './name-proof.js';

/** How an announcement came to us. */
export type Origin =
  /** Somebody posted it; `network` is the source's /24 or /48. */
  | { readonly type: 'received'; readonly network: string }
  /** We fetched it from a server that the operator named. */
  | { readonly type: 'bootstrap' }
  /** We fetched it because another server, or a caller of ours, pointed there. `isVerified`: see NewcomerVerifier. */
  | { readonly type: 'fetched'; readonly isVerified: boolean }
  /** It was received, and counted, before; now we fetched it from where it says. */
  | { readonly type: 'answered'; readonly isVerified: boolean };

/** Hosts of the configured bootstrap servers, each with the fingerprints of those there; null for one without a pin. */
export type BootstrapPins = ReadonlyMap<string, ReadonlySet<string | null>>;

/** What the operator said about an identity. */
export type Verdict = 'approved' | 'refused';

export interface AdmissionFacts {
  readonly mode: AdmissionMode;
  readonly serverId: string;
  readonly fingerprint: string;
  /** Another server holds the name, of which others alone told us (wire protocol 2.2). */
  readonly isContested: boolean;
  readonly origin: Origin;
  readonly bootstrapPins: BootstrapPins;
  readonly verdict: Verdict | null;
}

export type AdmissionDecision =
  | { readonly type: 'admit' }
  /** It has to answer first, and its name has to lead to it. */
  | { readonly type: 'verify' }
  /** The operator has to be asked. */
  | { readonly type: 'ask' }
  | { readonly type: 'refuse'; readonly code: FederationErrorCode; readonly detail: string };

/**
 * Whether an unknown name may join (wire protocol 2.4). Who is blocked was refused before. What an admitted
 * newcomer may become, a neighbour or a route, is decided later: only once it has answered us.
 */
export function decideAdmission(facts: AdmissionFacts): AdmissionDecision {
  const { serverId, fingerprint, origin, bootstrapPins, verdict } = facts;
  const pins = bootstrapPins.get(serverId);
  // Or a stranger who is quicker than the bootstrap server could take its name.
  if (pins !== undefined && !pins.has(null) && !pins.has(fingerprint))
    return refuse('key_mismatch', 'this name is pinned to another key here (LATTICE_BOOTSTRAP_PINS)');
  if (verdict === 'refused') return refuse('not_admitted', 'the operator of this server has refused it');
  // Whoever names a bootstrap server, pins it or approves of a server has introduced it.
  if (origin.type === 'bootstrap' || pins?.has(fingerprint) === true || verdict === 'approved')
    return { type: 'admit' };
  return decideByMode(facts, pins !== undefined);
}

function decideByMode(facts: AdmissionFacts, isBootstrapHost: boolean): AdmissionDecision {
  const { mode, serverId, origin } = facts;
  // Who was known first has the name, unless it can be proved, or the operator asked.
  const isDecidable = mode === 'allowlist' || (mode === 'verified' && isProvable(serverId));
  if (facts.isContested && !isDecidable)
    return refuse('name_taken', `another server was known first under the name ${serverId}`);
  switch (mode) {
    case 'open':
      return { type: 'admit' };
    case 'bootstrap-only':
      if (isBootstrapHost) return { type: 'admit' };
      return refuse(
        'not_admitted',
        'this server admits only the hosts of its bootstrap servers (LATTICE_ADMISSION=bootstrap-only)',
      );
    case 'verified':
      return 'isVerified' in origin && origin.isVerified ? { type: 'admit' } : { type: 'verify' };
    case 'allowlist':
      if (origin.type === 'received') return { type: 'ask' };
      return refuse(
        'not_admitted',
        'this server admits only whom its operator has approved (LATTICE_ADMISSION=allowlist)',
      );
  }
}

function refuse(code: FederationErrorCode, detail: string): AdmissionDecision {
  return { type: 'refuse', code, detail };
}
