import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first tables: who we are, whom we know, what was found out.
 *
 * Every time is a timestamptz. A `body` or `announcement` holds a signed message as the exact text that was signed;
 * the columns beside it are for looking up.
 */
const UP = `
CREATE TABLE identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  server_uuid text NOT NULL, server_id text NOT NULL, public_key text NOT NULL, fingerprint text NOT NULL,
  created_at timestamptz NOT NULL, revoked_at timestamptz
);
CREATE TABLE own_statements (               -- rotations and the revocation of our own identity, in order
  seq integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('key_rotation', 'identity_revocation')),
  body text NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE peers (
  server_uuid text PRIMARY KEY, server_id text NOT NULL UNIQUE,
  first_fingerprint text NOT NULL,          -- identity = (uuid, first key)
  public_key text NOT NULL, fingerprint text NOT NULL,
  announcement text NOT NULL, announced_at timestamptz NOT NULL,
  discovery_url text NOT NULL, federation_url text NOT NULL,
  trust text NOT NULL DEFAULT 'unknown' CHECK (trust IN ('unknown', 'trusted', 'untrusted', 'blocked', 'revoked')),
  first_seen_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL,
  proven_at timestamptz,                    -- last time it answered us with its own signed announcement
  exchanged_at timestamptz,                 -- time of its last peer_exchange
  exchange_acted_at timestamptz             -- when we last acted on one
) WITH (fillfactor = 70);                   -- re-announcing updates in place
CREATE TABLE peer_rotations (               -- the chain of an identity's keys
  server_uuid text NOT NULL REFERENCES peers ON DELETE CASCADE,
  seq integer NOT NULL, old_fingerprint text NOT NULL, new_fingerprint text NOT NULL,
  body text NOT NULL, rotated_at timestamptz NOT NULL,
  PRIMARY KEY (server_uuid, seq), UNIQUE (server_uuid, new_fingerprint)
);
CREATE TABLE revocations (                  -- for ever: no foreign key, outlives the peer
  server_uuid text PRIMARY KEY, server_id text NOT NULL, fingerprint text NOT NULL,
  reason text NOT NULL, body text NOT NULL, revoked_at timestamptz NOT NULL
);
CREATE TABLE reserved_names (               -- a name left by a rename
  server_id text PRIMARY KEY, server_uuid text NOT NULL, reserved_until timestamptz NOT NULL
);
CREATE INDEX reserved_names_until ON reserved_names (reserved_until);
CREATE TABLE own_statement_deliveries (
  seq integer NOT NULL REFERENCES own_statements ON DELETE CASCADE,
  server_uuid text NOT NULL REFERENCES peers ON DELETE CASCADE,
  attempts integer NOT NULL DEFAULT 0, next_attempt_at timestamptz NOT NULL,
  PRIMARY KEY (seq, server_uuid)
);
CREATE INDEX own_statement_deliveries_due ON own_statement_deliveries (next_attempt_at);
CREATE TABLE neighbors (server_uuid text PRIMARY KEY REFERENCES peers ON DELETE CASCADE, added_at timestamptz NOT NULL);
CREATE TABLE routes (
  domain text PRIMARY KEY, server_id text NOT NULL, server_uuid text NOT NULL, endpoint_url text NOT NULL,
  confidence double precision NOT NULL,
  learned_at timestamptz NOT NULL,          -- for an operator who looks; the daemon never reads it
  expires_at timestamptz NOT NULL
);
CREATE INDEX routes_expires ON routes (expires_at);
`;

const TABLES = [
  'routes',
  'neighbors',
  'own_statement_deliveries',
  'reserved_names',
  'revocations',
  'peer_rotations',
  'peers',
  'own_statements',
  'identity',
];

export class CreateDirectory1764000000000 implements MigrationInterface {
  // TypeORM orders and remembers migrations by this name.
  readonly name = 'CreateDirectory1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${TABLES.join(', ')}`);
  }
}
