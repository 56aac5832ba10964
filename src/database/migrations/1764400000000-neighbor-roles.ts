import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What each neighbour is for and which side chose the other (wire protocol 2.6), and the address by which the networks of
 * neighbours are kept apart. Those on file count as ours, at random: so they were chosen.
 */
const UP = `
ALTER TABLE neighbors
  ADD COLUMN role text NOT NULL DEFAULT 'random' CHECK (role IN ('anchor', 'random', 'feeler')),
  ADD COLUMN chosen_by text NOT NULL DEFAULT 'us' CHECK (chosen_by IN ('us', 'them'));
ALTER TABLE peers ADD COLUMN proven_address text  -- where it was when it last answered us; null: not known
`;

const DOWN = `
ALTER TABLE neighbors DROP COLUMN role, DROP COLUMN chosen_by;
ALTER TABLE peers DROP COLUMN proven_address
`;

export class NeighborRoles1764400000000 implements MigrationInterface {
  readonly name = 'NeighborRoles1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}
