import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryFiles, root } from '../docs/repository.js';

/** The migration that the next release brings. */
const NEXT_MIGRATION = 'CreateNextThing9000000000000';

/**
 * A repository to clone from, at `path`: the branch `main` is the sources as they lie here, and `next` is the release
 * after, which has another version and one more migration.
 */
export function createOrigin(path: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'lattice-origin-'));
  const git = (...parameters: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@example.org', ...parameters], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  try {
    for (const file of repositoryFiles()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(root, file), join(folder, file));
    }
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message=This release');
    git('checkout', '--quiet', '-b', 'next');
    makeNext(folder);
    git('add', '--all');
    git('commit', '--quiet', '--message=The next release');
    git('checkout', '--quiet', 'main');
    git('clone', '--quiet', '--bare', folder, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeNext(folder: string): void {
  replace(join(folder, 'package.json'), /"version": ".*"/, '"version": "999.0.0"');
  const migrations = join(folder, 'src/database/migrations');
  writeFileSync(
    join(migrations, '9000000000000-create-next-thing.ts'),
    [
      "import type { MigrationInterface, QueryRunner } from 'typeorm';",
      `export class ${NEXT_MIGRATION} implements MigrationInterface {`,
      `  readonly name = '${NEXT_MIGRATION}';`,
      '  async up(runner: QueryRunner): Promise<void> {',
      "    await runner.query('CREATE TABLE next_thing (id integer PRIMARY KEY)');",
      '  }',
      '  async down(runner: QueryRunner): Promise<void> {',
      "    await runner.query('DROP TABLE next_thing');",
      '  }',
      '}',
      '',
    ].join('\n'),
  );
  const all = join(migrations, 'all.ts');
  replace(all, /^/, `import { ${NEXT_MIGRATION} } from './9000000000000-create-next-thing.js';\n`);
  replace(all, /,?\s*\];/, `, ${NEXT_MIGRATION}];`);
}

function replace(file: string, pattern: RegExp, by: string): void {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(pattern, by);
  if (after === before) throw new Error(`${file} has no ${String(pattern)}`);
  writeFileSync(file, after);
}
