import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lookAtDisk, realFileSystem } from '../../src/cli/check/disk.js';
import { runLattice } from '../../src/cli/lattice.js';

const isRoot = process.getuid?.() === 0;
const SOMEBODY_ELSE = 4_242;

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lattice-cli-'));
  dataDir = join(folder, 'data');
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function lattice(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const surroundings = {
    env: { LATTICE_DATA_DIR: dataDir },
    isTerminal: false,
    columns: null,
    print: (text: string) => void out.push(text),
  };
  const code = await runLattice(args, surroundings, (text) => err.push(text));
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('a command line that is wrong ends with 2, also below `peers`', () => {
  it.each([
    [['nonsense']],
    [['backup']],
    [['peers', '--nonsense']],
    [['peers', 'import']],
    [['peers', 'export', '--nonsense']],
  ])('%j', async (args) => {
    const { code, err } = await lattice(...args);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: /);
  });
});

describe.skipIf(!isRoot)('in a data folder of another user', () => {
  beforeEach(async () => {
    await mkdir(dataDir, { mode: 0o700 });
    await chown(dataDir, SOMEBODY_ELSE, SOMEBODY_ELSE);
  });

  it.each([
    [['backup', 'lattice.backup']],
    [['restore', 'lattice.backup']],
    [['migrate']],
    [['import', '--from', 'lattice.db', '--key', 'private_key.pem']],
  ])('%j writes nothing, and says whom to run it as', async (args) => {
    const { code, err } = await lattice(...args);
    expect(code).toBe(77);
    expect(err).toContain(`belongs to the user with the id ${SOMEBODY_ELSE}`);
    expect(await readdir(dataDir)).toEqual([]);
  });
});

describe('a backup that cannot be written says so, and blames no database', () => {
  beforeEach(async () => {
    expect((await lattice('migrate')).code).toBe(0);
  });

  it('where its folder is not there', async () => {
    const file = join(folder, 'nowhere', 'lattice.backup');
    expect(await lattice('backup', file)).toMatchObject({
      code: 1,
      err: `${file} cannot be written (ENOENT).`,
    });
  });

  it('where its folder is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    const file = join(folder, 'file', 'lattice.backup');
    expect((await lattice('backup', file)).err).toContain(`${file} cannot be `);
  });
});

it('a name out of a file cannot act on the terminal', async () => {
  const { code, err } = await lattice('peers', 'import', join(folder, 'no\u001b[2Jsuch'));
  expect(code).toBe(1);
  expect(err).toContain('\\u001b[2J');
});

it('a data folder that cannot be made ends a command with 77, and names it', async () => {
  await writeFile(join(folder, 'file'), '');
  dataDir = join(folder, 'file', 'data');
  const { code, err } = await lattice('migrate');
  expect(code).toBe(77);
  expect(err).toContain(dataDir);
});

it('a data folder below one that may not be entered is looked at as far as it can be seen', async () => {
  const forbidden = (path: string): Promise<never> =>
    Promise.reject(Object.assign(new Error('no'), { code: 'EACCES', path }));
  const seen = await lookAtDisk(join(dataDir, 'deeper'), {
    ...realFileSystem,
    stat: (path) => (path.startsWith(dataDir) ? forbidden(path) : realFileSystem.stat(path)),
  });
  expect(seen).toMatchObject({ isThere: false, isFolder: true, unwritable: 'EACCES' });
});
