import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { beginningsOf, readConfig, readWithoutStore } from './read-config.js';
import type { SecretStoreChoice } from './secret-store-choice.js';

const SECRET_ID = 'secret-id-0123456789';
const VAULT = {
  VAULT_ADDR: 'https://vault.example:8200',
  VAULT_ROLE_ID: 'role-id-0123456789',
  VAULT_SECRET_ID: SECRET_ID,
};
const CREDENTIALS = { CREDENTIALS_DIRECTORY: '/run/credentials/lattice' };

function chosen(env: Record<string, string>): SecretStoreChoice {
  return beginningsOf(readWithoutStore({ own: env, file: {} }), { isTerminal: false }).secretStore;
}

function problems(env: Record<string, string>): string[] {
  try {
    chosen(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain(SECRET_ID);
    return error.problems.map(({ variable }) => variable);
  }
  return [];
}

it('endpoints of two origins are told with all other mistakes, unless the secret store may yet say otherwise', () => {
  const elsewhere = { LATTICE_FEDERATION_URL: 'https://b.example' };
  const both = { LATTICE_LOG_LEVEL: 'loud', LATTICE_APP_URL: 'https://a.example', ...elsewhere };
  expect(problems(both)).toEqual(['LATTICE_LOG_LEVEL', 'LATTICE_FEDERATION_URL']);
  expect(problems(elsewhere)).toEqual([]);
});

describe('where the secrets are', () => {
  it.each([
    ['nothing is set', {}, 'files'],
    ['systemd gives credentials', CREDENTIALS, 'credentials'],
    ['Vault has an address', VAULT, 'vault'],
    ['both are there', { ...CREDENTIALS, ...VAULT }, 'vault'],
    [
      'both are there, and credentials are asked for',
      { ...CREDENTIALS, ...VAULT, LATTICE_SECRETS: 'credentials' },
      'credentials',
    ],
    [
      'both are there, and files are asked for',
      { ...CREDENTIALS, ...VAULT, LATTICE_SECRETS: 'files' },
      'files',
    ],
  ])('when %s', (_, env, kind) => {
    expect(chosen(env).kind).toBe(kind);
  });

  it('Vault is asked under secret/lattice, unless told otherwise', () => {
    expect(chosen(VAULT)).toEqual({
      kind: 'vault',
      vault: {
        address: VAULT.VAULT_ADDR,
        roleId: VAULT.VAULT_ROLE_ID,
        secretId: SECRET_ID,
        namespace: null,
        caCertPath: null,
        mount: 'secret',
        path: 'lattice',
      },
    });
    const elsewhere = {
      ...VAULT,
      VAULT_NAMESPACE: 'sites/',
      VAULT_CACERT: '/etc/ca.pem',
      LATTICE_VAULT_MOUNT: '/kv/apps/',
      LATTICE_VAULT_PATH: 'berlin/lattice',
    };
    expect(chosen(elsewhere)).toMatchObject({
      vault: { namespace: 'sites', caCertPath: '/etc/ca.pem', mount: 'kv/apps', path: 'berlin/lattice' },
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['Vault without its login', { VAULT_ADDR: VAULT.VAULT_ADDR }, ['VAULT_ROLE_ID', 'VAULT_SECRET_ID']],
    [
      'Vault without anything',
      { LATTICE_SECRETS: 'vault' },
      ['VAULT_ADDR', 'VAULT_ROLE_ID', 'VAULT_SECRET_ID'],
    ],
    ['credentials that nobody gave', { LATTICE_SECRETS: 'credentials' }, ['LATTICE_SECRETS']],
    ['a store that there is not', { LATTICE_SECRETS: 'keychain' }, ['LATTICE_SECRETS']],
    ['an address that is none', { ...VAULT, VAULT_ADDR: 'vault:8200' }, ['VAULT_ADDR']],
    [
      'an address with the path of the API',
      { ...VAULT, VAULT_ADDR: 'https://vault.example/v1' },
      ['VAULT_ADDR'],
    ],
    ['a secret id with a space in it', { ...VAULT, VAULT_SECRET_ID: `${SECRET_ID} x` }, ['VAULT_SECRET_ID']],
    ['a mount that climbs out', { ...VAULT, LATTICE_VAULT_MOUNT: '../sys' }, ['LATTICE_VAULT_MOUNT']],
    ['a path with a query', { ...VAULT, LATTICE_VAULT_PATH: 'lattice?version=1' }, ['LATTICE_VAULT_PATH']],
    ['an empty segment', { ...VAULT, VAULT_NAMESPACE: 'a//b' }, ['VAULT_NAMESPACE']],
  ])('refused: %s', (_, env, variables) => {
    expect(problems(env)).toEqual(variables);
  });

  it('with other mistakes of the environment they are told at once, before any store is asked', () => {
    expect(problems({ LATTICE_PORT: 'http', VAULT_ADDR: 'x' })).toEqual(['LATTICE_PORT', 'VAULT_ADDR']);
  });

  it('an origin that only the store can complete is no mistake yet', () => {
    const env = { LATTICE_FEDERATION_URL: 'https://chat.example/fed' };
    expect(problems(env)).toEqual([]);
    expect(() => readConfig(env, {}, { isTerminal: false })).toThrow(ConfigError);
    readConfig(env, { app_url: 'https://chat.example' }, { isTerminal: false });
  });

  it('the configuration holds the login nowhere but in the choice of the store', () => {
    const { secretStore, ...rest } = readConfig(VAULT, {}, { isTerminal: false });
    expect(secretStore.kind).toBe('vault');
    expect(JSON.stringify(rest)).not.toContain(SECRET_ID);
  });
});
