import { CreateBlocklist1764100000000 } from './1764100000000-create-blocklist.js';
import { CreateAdmissions1764300000000 } from './1764300000000-create-admissions.js';
import { CreateDirectory1764000000000 } from './1764000000000-create-directory.js';
import { CreateRecords1764200000000 } from './1764200000000-create-records.js';
import { NeighborRoles1764400000000 } from './1764400000000-neighbor-roles.js';

/**
 * Every migration, oldest first; docs/database.md has a row for each. One that was released is never changed: later
 * ones correct it.
 */
export const MIGRATIONS = [
  CreateDirectory1764000000000,
  CreateBlocklist1764100000000,
  CreateRecords1764200000000,
  CreateAdmissions1764300000000,
  NeighborRoles1764400000000,
];

export function migrationNames(migrations: typeof MIGRATIONS = MIGRATIONS): string[] {
  return migrations.map((Migration) => new Migration().name);
}
