import { baseUrl } from './addresses.js';
import { chain, oneOf, quoted, type Parsed } from './parsed.js';
import { defaulted, optional } from './setting.js';

export type SecretStoreKind = 'files' | 'credentials' | 'vault';

/** Where the secrets are: needed before the secret store can be asked, so these come from the environment alone. */
export const SECRET_STORE_SETTINGS = {
  secrets: optional({
    variable: 'LATTICE_SECRETS',
    what: 'Where the private key and other secrets are: `files` of the data folder, systemd `credentials`, or `vault`',
    unset: '`vault` with VAULT_ADDR, `credentials` where systemd gives some, else `files`',
    example: 'files',
    change: 'restart',
    parse: oneOf<SecretStoreKind>('files', 'credentials', 'vault'),
  }),
  credentialsDir: optional({
    variable: 'CREDENTIALS_DIRECTORY',
    what: 'Folder of the credentials that systemd gives; systemd sets it',
    unset: 'no credentials',
    example: '/run/credentials/lattice-discovery.service',
    change: 'restart',
    parse: (text) => ({ value: text }),
  }),
  vaultAddress: optional({
    variable: 'VAULT_ADDR',
    what: 'Address of Vault',
    unset: 'no Vault',
    example: 'https://vault.example.org:8200',
    change: 'restart',
    parse: (text) => chain(baseUrl(text), withoutApiPath),
  }),
  vaultRoleId: optional({
    variable: 'VAULT_ROLE_ID',
    what: 'Role id of the AppRole login',
    unset: 'none; Vault needs it',
    example: '4b2ab9e4-2a4c-5fd3-1f0e-6a1f2a7f8d10',
    change: 'live',
    parse: loginPart,
    secret: true,
  }),
  vaultSecretId: optional({
    variable: 'VAULT_SECRET_ID',
    what: 'Secret id of the AppRole login',
    unset: 'none; Vault needs it',
    example: '0c1d7a52-90b1-7c1e-8d2f-3b6a5e4f7a21',
    change: 'live',
    parse: loginPart,
    secret: true,
  }),
  vaultNamespace: optional({
    variable: 'VAULT_NAMESPACE',
    what: 'Namespace of Vault Enterprise',
    unset: 'the root namespace',
    example: 'lattice',
    change: 'restart',
    parse: segments,
  }),
  vaultCaCert: optional({
    variable: 'VAULT_CACERT',
    what: 'File with the certificate of the authority that signed that of Vault, in PEM',
    unset: 'the authorities that Node trusts',
    example: '/etc/lattice/vault-ca.pem',
    change: 'live',
    parse: (text) => ({ value: text }),
  }),
  vaultMount: defaulted({
    variable: 'LATTICE_VAULT_MOUNT',
    what: 'Mount of the KV version 2 engine in Vault',
    default: 'secret',
    example: 'kv',
    change: 'restart',
    parse: segments,
  }),
  vaultPath: defaulted({
    variable: 'LATTICE_VAULT_PATH',
    what: 'Path below the mount; the secrets `services` and `keys` stand under it',
    default: 'lattice',
    example: 'sites/berlin/lattice',
    change: 'restart',
    parse: segments,
  }),
} as const;

/** The Vault client adds `/v1` itself. */
function withoutApiPath(address: string): Parsed<string> {
  return /\/v1$/.test(address) ? { problem: `${quoted(address)} must not end in /v1` } : { value: address };
}

/** Segments of a path, written into the path of a request as they are. */
function segments(text: string): Parsed<string> {
  const value = text.replace(/^\/+|\/+$/g, '');
  const isUsable =
    /^[\w.-]+(\/[\w.-]+)*$/.test(value) && !/(^|\/)\.{1,2}(\/|$)/.test(value) && value.length <= 256;
  return isUsable
    ? { value }
    : { problem: `${quoted(text)} is not made of letters, digits, '.', '-', '_' and single slashes` };
}

/** Never quotes the value. */
function loginPart(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,512}$/.test(text)
    ? { value: text }
    : { problem: 'must be 1 to 512 ASCII letters, digits and signs, without a space' };
}
