import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { untar } from './untar.js';

let target: string;
beforeEach(async () => {
  target = await mkdtemp(join(tmpdir(), 'lattice-untar-'));
});
afterEach(() => rm(target, { recursive: true, force: true }));

function entry(
  path: string,
  content: string | null,
  type = content === null ? '5' : '0',
  prefix = '',
): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write((content ?? '').length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write(prefix, 345);
  const body = Buffer.alloc(Math.ceil((content ?? '').length / 512) * 512);
  body.write(content ?? '');
  return Buffer.concat([header, body]);
}
const archive = (...entries: Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)]);

it('files and folders come out as they were, for their owner alone', async () => {
  const long = 'x'.repeat(1_300);
  untar(
    archive(
      entry('/base', null),
      entry('/base/1', long),
      entry('/empty', ''),
      entry('2', 'two', '0', 'base'),
    ),
    target,
  );
  expect((await readdir(target, { recursive: true })).sort()).toEqual(['base', 'base/1', 'base/2', 'empty']);
  expect(await readFile(join(target, 'base/1'), 'utf8')).toBe(long);
  expect(await readFile(join(target, 'base/2'), 'utf8')).toBe('two');
  expect(await readFile(join(target, 'empty'), 'utf8')).toBe('');
  expect((await stat(join(target, 'base'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(target, 'base/1'))).mode & 0o777).toBe(0o600);
});

it('a path that reaches outside is refused', () => {
  expect(() => untar(archive(entry('/../outside', 'x')), target)).toThrow('outside');
});

it('anything but a file or a folder is refused', () => {
  expect(() => untar(archive(entry('/link', '', '2')), target)).toThrow('type 2');
});
