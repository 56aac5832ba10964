import { interval } from '../database/interval.js';
import { MAX_ROTATIONS_PER_RECORD, PEER_DELETE_AGE_MS, TOMBSTONE_AGE_MS } from '../protocol/limits.js';

/** A hash in hex and the line feed after it, as `chain_hashes` holds one for each rotation. */
export const CHAIN_LINE_LENGTH = 65;

/** Pieces of statements that change a record; the row is `p`. */
export const NEXT_ARRIVAL = `nextval('peers_arrival_seq')`;
export const CHAIN_TRAVELS = `length(p.chain_hashes) <= ${MAX_ROTATIONS_PER_RECORD * CHAIN_LINE_LENGTH}`;
/** Of what others may be told; `now` is a parameter. */
export function servedAt(now: string): string {
  return `p.trust <> 'blocked' AND p.relayed_until > ${now}`;
}

/**
 * Leaves a tombstone of each row of `gone` (wire protocol 2.2): for as long again as a silent server was on file or, of an
 * identity that ended, for ever.
 */
export function tombstoneInsert(condition = 'true'): string {
  return `INSERT INTO tombstones (server_uuid, first_fingerprint, fingerprint, announced_at, revocation, expires_at)
    SELECT server_uuid, first_fingerprint, fingerprint, announced_at, revocation,
           CASE WHEN revocation IS NULL
                THEN last_seen_at + ${interval(PEER_DELETE_AGE_MS + TOMBSTONE_AGE_MS)} END
    FROM gone WHERE ${condition}
    ON CONFLICT (server_uuid, first_fingerprint) DO UPDATE SET fingerprint = excluded.fingerprint,
      announced_at = excluded.announced_at, revocation = excluded.revocation, expires_at = excluded.expires_at`;
}
