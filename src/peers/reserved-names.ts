import type { Queryable } from '../database/database.js';
import { NAME_RESERVED_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';

/** Names that stay reserved for one identity; renaming again and again must not fence off the name space. */
const MAX_RESERVED_NAMES_PER_IDENTITY = 10;

/** A server's rename. */
export interface Rename {
  readonly serverUuid: string;
  readonly left: string;
  readonly taken: string;
  /** The name that it left had come by hearsay alone: nobody had proved it, so its owner need not wait for it. */
  readonly wasHearsay: boolean;
  readonly nowMs: number;
}

/** The name that a server left stays its own (wire protocol 1.3); the one that it took needs no reservation. */
export async function reserveName(tx: Queryable, name: Rename): Promise<void> {
  await tx.query('DELETE FROM reserved_names WHERE server_id = $1 AND server_uuid = $2', [
    name.taken,
    name.serverUuid,
  ]);
  if (name.wasHearsay) return;
  await tx.query(
    `INSERT INTO reserved_names (server_id, server_uuid, reserved_until) VALUES ($1, $2, $3)
     ON CONFLICT (server_id) DO UPDATE SET server_uuid = excluded.server_uuid, reserved_until = excluded.reserved_until`,
    [name.left, name.serverUuid, formatTimestamp(name.nowMs + NAME_RESERVED_MS)],
  );
  await tx.query(
    `DELETE FROM reserved_names WHERE server_uuid = $1 AND server_id NOT IN
       (SELECT server_id FROM reserved_names WHERE server_uuid = $1 ORDER BY reserved_until DESC LIMIT $2)`,
    [name.serverUuid, MAX_RESERVED_NAMES_PER_IDENTITY],
  );
}
