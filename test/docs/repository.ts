import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const UNTRACKED = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage']);

/** A text of the repository, by its path from the root. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The TypeScript of the program itself, without its tests. */
export function sourceFiles(): string[] {
  return repositoryFiles().filter((path) => /^src\/.*\.ts$/.test(path) && !path.endsWith('.spec.ts'));
}

/** Every file of the repository by its path from the root; without git, or outside of a clone, what lies there. */
export function repositoryFiles(): string[] {
  try {
    const listed = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  } catch {
    return filesUnder(root).map((path) => relative(root, path));
  }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !UNTRACKED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : [];
    });
}
