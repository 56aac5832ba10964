import type { ConfigProblem } from './config-error.js';
import type { Setting } from './setting.js';
import { SECRET_STORE_SETTINGS, type SecretStoreKind } from './secret-store-settings.js';

export interface VaultSettings {
  /** Base URL without `/v1`. */
  readonly address: string;
  readonly roleId: string;
  readonly secretId: string;
  readonly namespace: string | null;
  /** Path of a PEM file; null trusts the certificate authorities of Node. */
  readonly caCertPath: string | null;
  readonly mount: string;
  /** Below the mount; the secrets `services` and `keys` stand under it. */
  readonly path: string;
}

/** Where the secrets are. */
export type SecretStoreChoice =
  | { readonly kind: 'files'; readonly dataDir: string }
  | { readonly kind: 'credentials'; readonly dataDir: string; readonly credentialsDir: string }
  | { readonly kind: 'vault'; readonly vault: VaultSettings };

/** The settings that decide it, as they were read. */
export interface SecretStoreValues {
  readonly secrets: SecretStoreKind | null;
  readonly dataDir: string;
  readonly credentialsDir: string | null;
  readonly vaultAddress: string | null;
  readonly vaultRoleId: string | null;
  readonly vaultSecretId: string | null;
  readonly vaultNamespace: string | null;
  readonly vaultCaCert: string | null;
  readonly vaultMount: string;
  readonly vaultPath: string;
}

type Decision = { readonly choice: SecretStoreChoice } | { readonly problems: readonly ConfigProblem[] };

/** What was asked for, else what is there: Vault where it has an address, credentials where systemd gives some, else files. */
export function chooseSecretStore(values: SecretStoreValues): Decision {
  const { dataDir, credentialsDir, vaultAddress } = values;
  const kind =
    values.secrets ?? (vaultAddress !== null ? 'vault' : credentialsDir !== null ? 'credentials' : 'files');
  switch (kind) {
    case 'files':
      return { choice: { kind, dataDir } };
    case 'credentials':
      return credentialsDir === null
        ? { problems: [NO_CREDENTIALS] }
        : { choice: { kind, dataDir, credentialsDir } };
    case 'vault':
      return vaultChoice(values);
  }
}

const NO_CREDENTIALS: ConfigProblem = {
  variable: 'LATTICE_SECRETS',
  problem:
    'is credentials, but systemd gave none (CREDENTIALS_DIRECTORY is unset): add LoadCredential= to the unit',
  example: 'LATTICE_SECRETS=files',
};

function vaultChoice(values: SecretStoreValues): Decision {
  const { vaultAddress: address, vaultRoleId: roleId, vaultSecretId: secretId } = values;
  if (address === null || roleId === null || secretId === null) {
    const { vaultAddress, vaultRoleId, vaultSecretId } = SECRET_STORE_SETTINGS;
    const required = [
      { setting: vaultAddress, value: address },
      { setting: vaultRoleId, value: roleId },
      { setting: vaultSecretId, value: secretId },
    ];
    return { problems: required.flatMap(({ setting, value }) => (value === null ? [missing(setting)] : [])) };
  }
  const { vaultNamespace: namespace, vaultCaCert: caCertPath, vaultMount: mount, vaultPath: path } = values;
  return {
    choice: { kind: 'vault', vault: { address, roleId, secretId, namespace, caCertPath, mount, path } },
  };
}

function missing({ variable, example }: Setting<unknown>): ConfigProblem {
  return {
    variable,
    problem: 'is unset, and the secrets are in Vault (LATTICE_SECRETS=files keeps them in the data folder)',
    example: `${variable}=${example}`,
  };
}
