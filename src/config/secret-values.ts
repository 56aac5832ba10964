import type { Config } from './config.js';
import { parseUrl } from './parsed.js';

/**
 * What the log must never show: the token, the database URL with the password in it as written and as meant, and the
 * login at Vault.
 */
export function secretValues(config: Pick<Config, 'adminToken' | 'databaseUrl' | 'secretStore'>): string[] {
  const { adminToken, databaseUrl, secretStore } = config;
  const login = secretStore.kind === 'vault' ? [secretStore.vault.roleId, secretStore.vault.secretId] : [];
  const password = databaseUrl === null ? '' : (parseUrl(databaseUrl)?.password ?? '');
  const values = [...login, adminToken, databaseUrl, password, decodeURIComponent(password)];
  return values.filter((value): value is string => value !== null && value !== '');
}
