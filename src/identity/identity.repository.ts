import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Identity, OwnStatement } from './identity.js';

interface IdentityRow {
  server_uuid: string;
  server_id: string;
  public_key: string;
  fingerprint: string;
  created_at: number;
  revoked_at: number | null;
}

@Injectable()
export class IdentityRepository {
  constructor(private readonly database: Database) {}

  /**
   * The identity as it was last decided. Waits for a commit that is still under way, be it that of a process which
   * was killed: whoever read the old key then would throw away the new one.
   */
  async load(): Promise<Identity | null> {
    const [row] = await this.database.query<IdentityRow>('SELECT * FROM identity FOR UPDATE');
    return row === undefined ? null : toIdentity(row);
  }

  async insert(identity: Identity): Promise<void> {
    await this.database.query(
      `INSERT INTO identity (server_uuid, server_id, public_key, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5)`,
      [
        identity.serverUuid,
        identity.serverId,
        identity.publicKey,
        identity.fingerprint,
        formatTimestamp(identity.createdAt),
      ],
    );
  }

  async rename(serverId: string): Promise<void> {
    await this.database.query('UPDATE identity SET server_id = $1', [serverId]);
  }

  /** The new key, the signed rotation and its deliveries commit together, or none of them does. */
  async commitRotation(
    key: { publicKey: string; fingerprint: string },
    statement: OwnStatement,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query('UPDATE identity SET public_key = $1, fingerprint = $2', [
        key.publicKey,
        key.fingerprint,
      ]);
      await insertStatement(tx, statement);
    });
  }

  async commitRevocation(statement: OwnStatement): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query('UPDATE identity SET revoked_at = $1', [formatTimestamp(statement.createdAt)]);
      await insertStatement(tx, statement);
    });
  }
}

/** As `load`, for who only looks: without waiting for anybody. */
export async function readIdentity(database: Queryable): Promise<Identity | null> {
  const [row] = await database.query<IdentityRow>('SELECT * FROM identity');
  return row === undefined ? null : toIdentity(row);
}

function toIdentity(row: IdentityRow): Identity {
  return {
    serverUuid: row.server_uuid,
    serverId: row.server_id,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}

/**
 * A statement is owed to every peer of this moment that we know first-hand; those that come later learn the new key
 * themselves. Those known from others alone (`introduced`, up to 200,000) are called by nobody: they have it from our record.
 */
async function insertStatement(tx: Queryable, { kind, body, createdAt }: OwnStatement): Promise<void> {
  await tx.query(
    `WITH statement AS (
       INSERT INTO own_statements (kind, body, created_at) VALUES ($1, $2, $3) RETURNING seq, created_at
     )
     INSERT INTO own_statement_deliveries (seq, server_uuid, next_attempt_at)
     SELECT statement.seq, peers.server_uuid, statement.created_at
     FROM statement CROSS JOIN peers WHERE peers.trust <> 'revoked' AND peers.introduced_by IS NULL`,
    [kind, body, formatTimestamp(createdAt)],
  );
}
