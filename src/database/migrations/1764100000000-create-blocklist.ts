import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whom the operator keeps out before anything is known about them, and for how long. A peer on file may be blocked
 * for a time, and may be known from hearsay alone, without an announcement.
 */
const UP = `
CREATE TABLE blocklist (
  kind text NOT NULL CHECK (kind IN ('server', 'domain', 'fingerprint')),
  identifier text NOT NULL,                 -- a server_id or server_uuid; a DNS name; a fingerprint
  reason text NOT NULL, created_at timestamptz NOT NULL,
  expires_at timestamptz,                   -- null: for good
  PRIMARY KEY (kind, identifier)
);
ALTER TABLE peers
  ADD COLUMN blocked_until timestamptz,     -- null: for as long as trust says so
  ALTER COLUMN announcement DROP NOT NULL   -- null: what we know was never announced to us
`;

/** A release before this one reads the announcement of no peer, but wants to find one. */
const DOWN = `
UPDATE peers SET announcement = '' WHERE announcement IS NULL;
ALTER TABLE peers DROP COLUMN blocked_until, ALTER COLUMN announcement SET NOT NULL;
DROP TABLE blocklist
`;

export class CreateBlocklist1764100000000 implements MigrationInterface {
  readonly name = 'CreateBlocklist1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}
