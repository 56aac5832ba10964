import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSecretStore } from './file-secret-store.js';

let parent: string;
let dir: string;
let store: FileSecretStore;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lattice-secrets-'));
  dir = join(parent, 'data');
  store = new FileSecretStore(dir);
});

afterEach(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const pem = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

describe('a store of files', () => {
  it('holds nothing before the first write, and creates nothing by reading', async () => {
    expect(await store.read('private_key')).toBeNull();
    await expect(stat(dir)).rejects.toThrow('ENOENT');
  });

  it('gives back what was written, to the byte', async () => {
    await store.write('private_key', pem);
    await store.write('admin_token', 'token ü');
    expect(await store.read('private_key')).toBe(pem);
    expect(await store.read('admin_token')).toBe('token ü');
    expect(await readFile(join(dir, 'private_key.pem'), 'utf8')).toBe(pem);
  });

  it('takes a value that an operator wrote with echo', async () => {
    await store.write('app_url', 'https://a.example');
    await writeFile(join(dir, 'app_url'), 'https://b.example\n');
    expect(await store.read('app_url')).toBe('https://b.example');
  });

  it('keeps files at 0600 in a folder at 0700, also where a file had been open to others', async () => {
    await store.write('private_key', pem);
    await chmod(join(dir, 'private_key.pem'), 0o644);
    await store.write('private_key', pem);
    expect(await modeOf(join(dir, 'private_key.pem'))).toBe(0o600);
    expect(await modeOf(dir)).toBe(0o700);
  });

  it('leaves no other file behind, also where a crash had left one', async () => {
    await store.write('private_key', pem);
    await writeFile(join(dir, '.private_key.pem.new'), 'half a ke', { mode: 0o644 });
    await Promise.all([store.write('private_key', `${pem}1`), store.write('private_key', `${pem}2`)]);
    expect(await store.read('private_key')).toBe(`${pem}2`);
    expect(await readdir(dir)).toEqual(['private_key.pem']);
  });

  it('promotes one name over another', async () => {
    await store.write('private_key', 'old');
    await store.write('next_private_key', 'new');
    await store.promote('next_private_key', 'private_key');
    expect(await store.read('private_key')).toBe('new');
    expect(await store.read('next_private_key')).toBeNull();
  });

  it('keeps the old value when there is nothing to promote', async () => {
    await store.write('private_key', 'old');
    await expect(store.promote('next_private_key', 'private_key')).rejects.toMatchObject({
      code: 'secret_store_unavailable',
    });
    expect(await store.read('private_key')).toBe('old');
  });

  it('forgets what is removed, and minds no name without a value', async () => {
    await store.remove('private_key');
    await store.write('private_key', pem);
    await store.remove('private_key');
    await store.remove('private_key');
    expect(await store.read('private_key')).toBeNull();
  });
});

describe('a store that is not safe is refused, with what to do about it', () => {
  const refusal = (message: RegExp): unknown =>
    expect.objectContaining({
      code: 'secret_store_unavailable',
      message: expect.stringMatching(message) as string,
    });

  beforeEach(() => store.write('private_key', pem));

  it.each([0o640, 0o604, 0o620, 0o601])('a file of mode %o', async (mode) => {
    await chmod(join(dir, 'private_key.pem'), mode);
    await expect(store.read('private_key')).rejects.toEqual(refusal(/chmod 600 .*private_key\.pem/));
  });

  it.each([0o750, 0o705, 0o711])('a folder of mode %o', async (mode) => {
    await chmod(dir, mode);
    await expect(store.read('private_key')).rejects.toEqual(refusal(/chmod 700 .*data/));
    await expect(store.write('admin_token', 'x')).rejects.toEqual(refusal(/chmod 700/));
    await expect(store.promote('private_key', 'next_private_key')).rejects.toEqual(refusal(/chmod 700/));
  });

  it('a link in place of the file', async () => {
    await symlink(join(dir, 'private_key.pem'), join(dir, 'admin_token'));
    await expect(store.read('admin_token')).rejects.toEqual(refusal(/is a link/));
  });

  it('a folder in place of the file', async () => {
    await mkdir(join(dir, 'admin_token'), { mode: 0o700 });
    await expect(store.read('admin_token')).rejects.toEqual(refusal(/is not a file/));
    await expect(store.write('admin_token', 'hunter2')).rejects.toEqual(
      refusal(/Could not write admin_token/),
    );
    expect(await readdir(dir)).not.toContain('.admin_token.new');
  });

  it('a file in place of the folder', async () => {
    const path = join(dir, 'private_key.pem');
    await expect(new FileSecretStore(path).read('app_url')).rejects.toEqual(refusal(/is not a folder/));
  });

  it('a file that is far too large, or not text', async () => {
    await writeFile(join(dir, 'app_url'), 'x'.repeat(70_000), { mode: 0o600 });
    await expect(store.read('app_url')).rejects.toEqual(refusal(/larger/));
    await writeFile(join(dir, 'app_url'), Buffer.from([0xff, 0xfe]), { mode: 0o600 });
    await expect(store.read('app_url')).rejects.toEqual(refusal(/Could not read app_url/));
  });

  it('and no error carries a value', async () => {
    await rm(dir, { recursive: true });
    await writeFile(dir, 'in the way');
    const error = await store.write('admin_token', 'hunter2').catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: 'secret_store_unavailable' });
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain('hunter2');
  });
});
