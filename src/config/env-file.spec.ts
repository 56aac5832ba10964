import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { parseEnvFile, readEnvFile } from './env-file.js';

describe('a file of variables', () => {
  it.each([
    ['nothing', '', {}],
    ['blank lines alone', '\n \t\r\n\n', {}],
    ['a variable', 'A=b\n', { A: 'b' }],
    ['a last line without an end', 'A=b', { A: 'b' }],
    ['line ends of Windows', 'A=b\r\nC=d\r\n', { A: 'b', C: 'd' }],
    ['comments of both kinds', '# A=1\n; B=2\n  # C=3\nD=4', { D: '4' }],
    ['a comment sign inside a value', 'A=b # c;d', { A: 'b # c;d' }],
    ['spaces around', '  A =  b c  \n', { A: 'b c' }],
    ['an empty value', 'A=\nB=""\nC=  ', { A: '', B: '', C: '' }],
    ['a value with equals signs', 'A=b=c==', { A: 'b=c==' }],
    ['the same variable twice', 'A=b\nA=c', { A: 'c' }],
    ['single quotes', String.raw`A='b "c" \d $e'`, { A: String.raw`b "c" \d $e` }],
    ['double quotes', `A="b 'c' # d"`, { A: `b 'c' # d` }],
    ['escapes in double quotes', String.raw`A="\"\\\$\` \d"`, { A: '"\\$` \\d' }],
    ['spaces that quotes keep', `A="  b  "  \nB=' '`, { A: '  b  ', B: ' ' }],
    ['quoted parts side by side', `A="b" 'c' d`, { A: 'bcd' }],
    ['a quote inside a bare value', `A=it's\nB=b"c"`, { A: "it's", B: 'b"c"' }],
    ['several lines in quotes', `A="b\nc"\nD='e\nf'`, { A: 'b\nc', D: 'e\nf' }],
    ['a line that goes on', 'A=b,\\\nc,\\\n  d\nE=f', { A: 'b,c,  d', E: 'f' }],
    ['a quoted line that goes on', 'A="b,\\\nc"', { A: 'b,c' }],
    ['a value on the next line', 'A=\\\nb', { A: 'b' }],
    ['an escaped character', String.raw`A=b\\c\ \d`, { A: String.raw`b\c d` }],
    ['an escaped space at the end', 'A=b\\  \n', { A: 'b ' }],
    ['a backslash at the very end', 'A=b\\', { A: 'b' }],
    ['other letters', 'A=größer', { A: 'größer' }],
  ])('may hold %s', (_, text, variables) => {
    expect(parseEnvFile(text)).toEqual({ variables, mistakes: [] });
  });

  it.each([
    ['a line without =', 'A=1\n\nLATTICE_PORT 1113', 3, 'is not of the form NAME=value'],
    ['`export` of a shell', 'export A=1', 1, 'does not begin with the name of a variable and "="'],
    ['a line without a name', '=1', 1, 'does not begin with the name of a variable and "="'],
    ['a name that is none', '1A=b', 1, 'does not begin with the name of a variable and "="'],
    ['an open double quote', '#\nA="b\nB=c\n', 2, 'opens a quote that nothing closes'],
    ['an open single quote', "A='b\nB=c\n", 1, 'opens a quote that nothing closes'],
    ['a double quote that only seems closed', 'A="b\\"', 1, 'opens a quote that nothing closes'],
    ['a comment that ends with a backslash', '# a\\\nA=b', 1, 'a comment must not end with a backslash'],
    ['a zero byte', 'A=b\0c', 1, 'holds a zero byte'],
  ])('must not hold %s', (_, text, line, problem) => {
    expect(parseEnvFile(text).mistakes).toEqual([{ line, problem }]);
  });

  it('is read on after a mistake, so that all are told at once', () => {
    const { mistakes, variables } = parseEnvFile('A\nB="1\n2"\nC D\nE=5\n');
    expect(mistakes.map(({ line }) => line)).toEqual([1, 4]);
    expect(variables).toEqual({ B: '1\n2', E: '5' });
  });
});

describe('reading it', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lattice-env-'));
    path = join(folder, 'lattice.env');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const mistakes = async (at: string): Promise<string[]> => {
    const error: unknown = await readEnvFile(at, 'LATTICE_ENV_FILE').catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error('It was read.');
    expect(error.problems.every(({ variable }) => variable === 'LATTICE_ENV_FILE')).toBe(true);
    return error.problems.map(({ problem }) => problem);
  };

  it('gives the variables', async () => {
    await writeFile(path, 'A=b\n');
    expect(await readEnvFile(path, 'LATTICE_ENV_FILE')).toEqual({ A: 'b' });
  });

  it('names file, line and mistake, and nothing of what stands there', async () => {
    await writeFile(path, 'A=1\nhunter2hunter2\nB="hunter3hunter3\n');
    expect(await mistakes(path)).toEqual([
      `line 2 of ${path} is not of the form NAME=value`,
      `line 3 of ${path} opens a quote that nothing closes`,
    ]);
  });

  it.each([
    ['is not there', 'no-such-file', 'does not exist'],
    ['is a folder', '.', 'is not a file'],
  ])('says that it %s', async (_, name, problem) => {
    const at = join(folder, name);
    expect(await mistakes(at)).toEqual([`${at} ${problem}`]);
  });

  it('refuses what everybody may change, what is too large, and what is not UTF-8', async () => {
    await writeFile(path, 'A=b\n');
    await chmod(path, 0o666);
    expect(await mistakes(path)).toEqual([`${path} may be changed by everybody (chmod o-w)`]);
    await chmod(path, 0o640);
    await writeFile(path, `A=${'b'.repeat(64 * 1024)}`);
    expect(await mistakes(path)).toEqual([`${path} is larger than 65536 bytes`]);
    await writeFile(path, Buffer.from([0x41, 0x3d, 0xff]));
    expect(await mistakes(path)).toEqual([`${path} is not valid UTF-8`]);
  });
});
