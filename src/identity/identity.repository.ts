import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { FederationError } from '../protocol/errors.js';
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

/** The identity, and what a start may do to it. */
export interface HeldIdentity {
  readonly identity: Identity | null;
  readonly insert: (identity: Identity) => Promise<void>;
  readonly rename: (serverId: string) => Promise<void>;
}

@Injectable()
export class IdentityRepository {
  constructor(private readonly database: Database) {}

  /**
   * The identity as it was last decided, while no process can change it: whoever judges the keys of the secret store
   * has to hold it. Waits for a rotation that is under way, be it that of a process which was killed: whoever read the
   * old key then would throw away the new one.
   */
  hold<T>(work: (held: HeldIdentity) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      // The whole table: before the first start there is no row.
      await tx.query('LOCK TABLE identity IN EXCLUSIVE MODE');
      const identity = await readIdentity(tx);
      return work({
        identity,
        insert: (made) => insert(tx, made),
        rename: (serverId) => rename(tx, serverId),
      });
    });
  }

  async rename(serverId: string): Promise<void> {
    await rename(this.database, serverId);
  }

  /**
   * The new key, the signed rotation and its deliveries commit together, or none of them does.
   * @param storeKey runs while the identity is held, up to the commit: nobody can take the stored key for a leftover
   */
  async commitRotation(
    from: Identity,
    key: { publicKey: string; fingerprint: string },
    statement: OwnStatement,
    storeKey: () => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await holdAs(tx, from);
      await storeKey();
      await tx.query('UPDATE identity SET public_key = $1, fingerprint = $2', [
        key.publicKey,
        key.fingerprint,
      ]);
      await insertStatement(tx, statement);
    });
  }

  async commitRevocation(from: Identity, statement: OwnStatement): Promise<void> {
    await this.database.transaction(async (tx) => {
      await holdAs(tx, from);
      await tx.query('UPDATE identity SET revoked_at = $1', [formatTimestamp(statement.createdAt)]);
      await insertStatement(tx, statement);
    });
  }
}

/** For who only looks: without waiting for anybody. */
export async function readIdentity(database: Queryable): Promise<Identity | null> {
  const [row] = await database.query<IdentityRow>('SELECT * FROM identity');
  return row === undefined ? null : toIdentity(row);
}

/** From here to the end of the transaction. @throws where another process has given it a new key, or an end */
async function holdAs(tx: Queryable, { fingerprint }: Identity): Promise<void> {
  const held = await tx.query(
    'SELECT 1 FROM identity WHERE fingerprint = $1 AND revoked_at IS NULL FOR UPDATE',
    [fingerprint],
  );
  if (held.length > 0) return;
  throw new FederationError('internal_error', 'another process on this database has changed the identity');
}

async function insert(tx: Queryable, identity: Identity): Promise<void> {
  await tx.query(
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

async function rename(database: Queryable, serverId: string): Promise<void> {
  await database.query('UPDATE identity SET server_id = $1', [serverId]);
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
