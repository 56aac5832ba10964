import type { Queryable } from '../database/database.js';
import { interval } from '../database/interval.js';
import { REVOCATION_RELAY_AGE_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { CHAIN_TRAVELS, NEXT_ARRIVAL } from './record-rows.js';

/** Of the row `p`, whose identity ended `at`: others hear of it. */
export function toldAsEnded(at: string): string {
  return `arrival = ${NEXT_ARRIVAL}, relayed_until = CASE WHEN ${CHAIN_TRAVELS} THEN ${at} + ${interval(REVOCATION_RELAY_AGE_MS)} END`;
}

/** They are no neighbours and no routes from now on. */
export async function unlink(tx: Queryable, serverUuids: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM neighbors WHERE server_uuid = ANY($1::text[])', [serverUuids]);
  await tx.query('DELETE FROM routes WHERE server_uuid = ANY($1::text[])', [serverUuids]);
}

/** The revocation outlives the row, which has it already: the UUID never comes back. */
export async function closeUuid(
  tx: Queryable,
  serverUuid: string,
  revocation: { readonly reason: string; readonly revokedAt: number },
): Promise<void> {
  await tx.query(
    `INSERT INTO revocations (server_uuid, server_id, fingerprint, reason, body, revoked_at)
     SELECT server_uuid, server_id, fingerprint, $2, revocation, $3 FROM peers WHERE server_uuid = $1 ON CONFLICT DO NOTHING`,
    [serverUuid, revocation.reason, formatTimestamp(revocation.revokedAt)],
  );
}
