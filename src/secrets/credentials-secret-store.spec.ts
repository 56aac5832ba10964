import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CredentialsSecretStore } from './credentials-secret-store.js';
import { FileSecretStore } from './file-secret-store.js';

const pem = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

let parent: string;
let credentials: string;
let files: FileSecretStore;
let store: CredentialsSecretStore;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lattice-credentials-'));
  credentials = join(parent, 'credentials');
  await mkdir(credentials, { mode: 0o700 });
  files = new FileSecretStore(join(parent, 'data'));
  store = new CredentialsSecretStore(credentials, files);
});

afterEach(() => rm(parent, { recursive: true, force: true }));

const give = (name: string, value: string): Promise<void> =>
  writeFile(join(credentials, name), value, { mode: 0o400 });
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'secret_store_unavailable',
    message: expect.stringMatching(message) as string,
  });

describe('credentials over files', () => {
  it('a credential is read, settings without their line end', async () => {
    await give('admin_token', 'a token of systemd\n');
    await give('private_key', pem);
    expect(await store.read('admin_token')).toBe('a token of systemd');
    expect(await store.read('private_key')).toBe(pem);
  });

  it('what is no credential comes from the files, and goes there', async () => {
    await give('admin_token', 'token');
    expect(await store.read('private_key')).toBeNull();
    await store.write('next_private_key', pem);
    await store.promote('next_private_key', 'private_key');
    expect(await store.read('private_key')).toBe(pem);
    expect(await files.read('private_key')).toBe(pem);
    await store.remove('private_key');
    expect(await store.read('private_key')).toBeNull();
  });

  it('a credential hides the file of its name', async () => {
    await files.write('app_url', 'https://file.example');
    await give('app_url', 'https://credential.example');
    expect(await store.read('app_url')).toBe('https://credential.example');
  });

  it('a key that is a credential is not rotated, and nothing is changed', async () => {
    await give('private_key', pem);
    for (const change of [
      () => store.write('next_private_key', 'new'),
      () => store.write('private_key', 'new'),
      () => store.promote('next_private_key', 'private_key'),
      () => store.remove('private_key'),
    ]) {
      await expect(change()).rejects.toEqual(
        refusal(/private_key\.pem, take LoadCredential=private_key out/),
      );
    }
    expect(await files.read('next_private_key')).toBeNull();
    expect(await readFile(join(credentials, 'private_key'), 'utf8')).toBe(pem);
  });

  it('a setting that is a credential is not written', async () => {
    await give('admin_token', 'token');
    await expect(store.write('admin_token', 'new')).rejects.toEqual(refusal(/LoadCredential=admin_token/));
  });

  it('a next key that is no credential is forgotten as ever, also beside a key that is one', async () => {
    await give('private_key', pem);
    await files.write('next_private_key', pem);
    await store.remove('next_private_key');
    expect(await files.read('next_private_key')).toBeNull();
  });

  it('an empty credential counts as none', async () => {
    await give('admin_token', '');
    await files.write('admin_token', 'of the file');
    expect(await store.read('admin_token')).toBe('of the file');
  });

  it.each([
    ['that everybody may read', 'token', 0o444, /Everybody may read/],
    ['that is far too large', 'x'.repeat(70_000), 0o400, /larger than/],
    ['that is not text', Buffer.from([0xff, 0xfe]), 0o400, /Could not read the credential/],
  ])('a credential %s is refused', async (_, value, mode, message) => {
    await writeFile(join(credentials, 'admin_token'), value);
    await chmod(join(credentials, 'admin_token'), mode);
    await expect(store.read('admin_token')).rejects.toEqual(refusal(message));
  });

  it('a folder in the place of a credential is refused', async () => {
    await mkdir(join(credentials, 'admin_token'));
    await expect(store.read('admin_token')).rejects.toEqual(refusal(/is not a file/));
  });

  it('says where to look', () => {
    expect(store.placeOf('private_key')).toMatch(/the credential private_key, or .*private_key\.pem/);
  });
});
