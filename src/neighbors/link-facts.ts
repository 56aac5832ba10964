import { isIP } from 'node:net';
import type { Config } from '../config/config.js';
import { pinFor } from '../config/addresses.js';
import type { Peer } from '../peers/peer.js';
import { GOSSIP_TARGET_AGE_MS } from '../protocol/limits.js';
import type { Candidate, Neighbor, Role } from './neighbor-choice.js';
import { neighborNetwork, registrableDomain } from './neighbor-groups.js';

/** A peer with what a choice among peers looks at besides. */
export interface KnownPeer {
  readonly peer: Peer;
  /** Epoch milliseconds. */
  readonly firstSeenMs: number;
  /** Where it was when it last answered us; null where that is not known. */
  readonly provenAddress: string | null;
}

/** A neighbour as it is on file. */
export interface Link extends KnownPeer {
  readonly role: Role;
  readonly chosenBy: 'us' | 'them';
}

/** Whom the operator named. */
export type Named = Pick<Config, 'bootstrapServers' | 'bootstrapPins'>;

/**
 * The network and the domain that neighbours are spread over (docs/adr/0039). An address of which nobody knows leaves the
 * domain alone.
 */
export function placeOf(
  discoveryUrl: string,
  provenAddress: string | null,
): Pick<Candidate<string>, 'network' | 'domain'> {
  const host = new URL(discoveryUrl).hostname.replace(/^\[|\]$/g, '');
  const address = provenAddress ?? (isIP(host) === 0 ? null : host);
  return { network: address === null ? null : neighborNetwork(address), domain: registrableDomain(host) };
}

export function candidateOf(
  { peer, firstSeenMs, provenAddress }: KnownPeer,
  named: Named,
): Candidate<string> {
  return {
    id: peer.serverUuid,
    // An address that it has left since says nothing.
    ...placeOf(peer.endpoints.discovery, peer.provenAt === null ? null : provenAddress),
    isPinned: isNamed(peer, named),
    isProven: peer.provenAt !== null,
    knownSinceMs: firstSeenMs,
  };
}

export function neighborOf(link: Link, named: Named): Neighbor<string> {
  return { ...candidateOf(link, named), role: link.role, chosenBy: link.chosenBy };
}

/** Whether it is a bootstrap server of ours, by its endpoint or its name, under the key that is pinned if one is. */
export function isNamed(
  { serverId, fingerprint, endpoints }: Pick<Peer, 'serverId' | 'fingerprint' | 'endpoints'>,
  { bootstrapServers, bootstrapPins }: Named,
): boolean {
  return bootstrapServers.some((base) => {
    if (base !== endpoints.discovery && new URL(base).hostname !== serverId) return false;
    const pin = pinFor(base, bootstrapPins);
    return pin === null || pin === fingerprint;
  });
}

/** Whether its place is for others to have: it is down, or, as a legacy server that nobody watches, was not seen for a day. */
export function isAbsent(
  { speaksExt, lastSeenAt }: Pick<Peer, 'speaksExt' | 'lastSeenAt'>,
  { isDown, nowMs }: { readonly isDown: boolean; readonly nowMs: number },
): boolean {
  return isDown || (!speaksExt && nowMs - lastSeenAt > GOSSIP_TARGET_AGE_MS);
}
