import type { Endpoints } from '../protocol/endpoints.js';
import { isDnsName } from '../protocol/server-id.js';

const WELL_KNOWN_PATH = '/.well-known/lattice';

export type NameProof =
  /** A bare name, which nobody can prove: first come, first served. */
  | { readonly type: 'none' }
  /** The name is the endpoint's host: who answers there has it. */
  | { readonly type: 'host' }
  /** The name has to say at this URL where its server is. */
  | { readonly type: 'well_known'; readonly url: string }
  /** It has dots, and is no name that DNS can have: nobody can prove it. */
  | { readonly type: 'impossible' };

/** Whether something could show whose the name is; a bare name has nothing to be proved by. */
export function isProvable(serverId: string): boolean {
  return serverId.includes('.');
}

/** What proves that a name leads to a server at these endpoints (wire protocol 2.4). A name below or above another is another. */
export function nameProofFor(serverId: string, { discovery }: Endpoints): NameProof {
  if (!isProvable(serverId)) return { type: 'none' };
  if (new URL(discovery).hostname === serverId) return { type: 'host' };
  if (!isDnsName(serverId)) return { type: 'impossible' };
  return { type: 'well_known', url: `https://${serverId}${WELL_KNOWN_PATH}` };
}
