import { MAX_PEERS } from '../../protocol/limits.js';
import { TransferRefused } from '../refused.js';
import { type Row, SqliteCopy } from './sqlite-copy.js';

/** The columns that we read of the Python daemon's tables. */
const TABLES = {
  identity: ['server_id', 'server_uuid', 'public_key', 'fingerprint', 'bootstrap_servers', 'created_at'],
  peers: [
    'server_id',
    'server_uuid',
    'public_key',
    'endpoints',
    'first_seen_at',
    'last_seen_at',
    'last_announcement',
    'trust_status',
  ],
  blocklist: ['blocked_identifier', 'block_type', 'reason', 'created_at', 'expires_at'],
  revocations: ['server_uuid', 'server_id', 'reason', 'revoked_at', 'signature'],
  key_rotations: ['server_uuid', 'old_key_fingerprint', 'new_key_fingerprint', 'reason', 'rotated_at'],
} as const satisfies Record<string, readonly string[]>;

type TableName = keyof typeof TABLES;

/** What the Python daemon's file holds, as text and unchecked. */
export type Source = { readonly [T in TableName]: readonly Row[] };

/** @throws TransferRefused where the file is not one of the Python daemon, or cannot be read */
export function readSource(path: string): Promise<Source> {
  return SqliteCopy.read(path, (copy) => {
    if (!copy.hasTable('lattice_identity'))
      throw new TransferRefused(`${path} is not the Python daemon's: it has no table lattice_identity.`);
    const names = Object.keys(TABLES) as TableName[];
    const rows = names.map((name) => {
      const table = `lattice_${name}`;
      return [name, copy.hasTable(table) ? copy.rows(table, TABLES[name], MAX_PEERS + 1) : []] as const;
    });
    return Object.fromEntries(rows) as unknown as Source;
  });
}
