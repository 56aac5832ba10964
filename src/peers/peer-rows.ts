import type { Peer, Trust } from './peer.js';

/** A row of `peers`, without the announcement's text: most readers need only the columns beside it. */
export interface PeerRow {
  server_uuid: string;
  server_id: string;
  public_key: string;
  fingerprint: string;
  discovery_url: string;
  federation_url: string;
  trust: Trust;
  announced_at: number;
  last_seen_at: number;
  proven_at: number | null;
  introduced_by: string | null;
  speaks_ext: boolean;
}

/** Of the row `p`: we deal with its server. */
export const USABLE = `p.trust NOT IN ('blocked', 'revoked')`;

/** That nobody here has met the server of a row, and the operator has said nothing about it. */
export function isHearsay(row: string): string {
  return `${row}.introduced_by IS NOT NULL AND ${row}.trust NOT IN ('trusted', 'blocked')`;
}

export const PEER_COLUMNS = [
  'server_uuid',
  'server_id',
  'public_key',
  'fingerprint',
  'discovery_url',
  'federation_url',
  'trust',
  'announced_at',
  'last_seen_at',
  'proven_at',
  'introduced_by',
  'speaks_ext',
]
  .map((column) => `p.${column}`)
  .join(', ');

export function toPeer(row: PeerRow): Peer {
  return {
    serverUuid: row.server_uuid,
    serverId: row.server_id,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    endpoints: { discovery: row.discovery_url, federation: row.federation_url },
    trust: row.trust,
    announcedAt: row.announced_at,
    lastSeenAt: row.last_seen_at,
    provenAt: row.proven_at,
    introducedBy: row.introduced_by,
    speaksExt: row.speaks_ext,
  };
}
