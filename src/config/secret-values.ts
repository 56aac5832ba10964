import type { Config } from './config.js';
import { parseUrl } from '../protocol/url.js';
import type { SecretStoreChoice } from './secret-store-choice.js';

/**
 * What the log must never show: the token, the database URL with the password in it as written and as meant, and the
 * login at Vault.
 */
export function secretValues(config: Pick<Config, 'adminToken' | 'databaseUrl' | 'secretStore'>): string[] {
  const { adminToken, databaseUrl, secretStore } = config;
  const password = databaseUrl === null ? '' : (parseUrl(databaseUrl)?.password ?? '');
  const values = [
    ...loginValues(secretStore),
    adminToken,
    databaseUrl,
    password,
    decodeURIComponent(password),
  ];
  return values.filter((value): value is string => value !== null && value !== '');
}

/** The login at Vault: all the secrets that the environment alone holds. */
export function loginValues(choice: SecretStoreChoice): string[] {
  return choice.kind === 'vault' ? [choice.vault.roleId, choice.vault.secretId] : [];
}
