import type { Endpoints } from '../protocol/endpoints.js';

/** What we think of a server (wire protocol 1.6). */
export type Trust = 'unknown' | 'trusted' | 'untrusted' | 'blocked' | 'revoked';

/** A server in our directory. Times are epoch milliseconds. */
export interface Peer {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly endpoints: Endpoints;
  readonly trust: Trust;
  readonly announcedAt: number;
  readonly lastSeenAt: number;
  /** When it last answered *us* with its own announcement from these endpoints; null where it has not. */
  readonly provenAt: number | null;
  /** UUID of the server that told us of it; null where it announced itself to us (wire protocol 2.4, `introduced`). */
  readonly introducedBy: string | null;
  /** Whether it speaks part 2 of the wire protocol. */
  readonly speaksExt: boolean;
}

/** Whether we may call it for the extension: it answered us from where it says it is, and is not shut out (wire protocol 2.4). */
export function isCallable({ speaksExt, provenAt, trust }: Peer): boolean {
  return speaksExt && provenAt !== null && trust !== 'blocked' && trust !== 'revoked';
}

/** What we hold on a claimed pair of UUID and name, read together in one statement. */
export interface Standing {
  readonly known: Peer | null;
  /** UUID of the peer that holds the name, or to which it stays reserved after a rename. */
  readonly nameOwner: string | null;
  /** Others alone told us of the owner, and the operator said nothing about it: nothing here proves that the name is its own. */
  readonly isNameHearsay: boolean;
  readonly revoked: boolean;
}

/** As a row of the operator's list (wire protocol 1.4, `GET /api/v1/peers`). */
export interface ListedPeer extends Peer {
  readonly isNeighbor: boolean;
  /** What a neighbour is for, and which side chose the other (wire protocol 2.6); null where it is none. */
  readonly role: 'anchor' | 'random' | 'feeler' | null;
  readonly chosenBy: 'us' | 'them' | null;
}
