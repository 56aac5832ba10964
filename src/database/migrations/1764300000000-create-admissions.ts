import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the operator said about servers that asked to be admitted, or will. Only the operator makes rows. */
const UP = `
CREATE TABLE admissions (
  server_uuid text NOT NULL, fingerprint text NOT NULL,
  server_id text,                           -- as it called itself then
  verdict text NOT NULL CHECK (verdict IN ('approved', 'refused')),
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (server_uuid, fingerprint)
)
`;

export class CreateAdmissions1764300000000 implements MigrationInterface {
  readonly name = 'CreateAdmissions1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE admissions');
  }
}
