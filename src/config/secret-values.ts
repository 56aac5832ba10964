import type { Config } from './config.js';
import { parseUrl } from './parsed.js';

/** What the log must never show: the token, the database URL, and the password in it as written and as meant. */
export function secretValues(config: Pick<Config, 'adminToken' | 'databaseUrl'>): string[] {
  const { adminToken, databaseUrl } = config;
  const password = databaseUrl === null ? '' : (parseUrl(databaseUrl)?.password ?? '');
  const values = [adminToken, databaseUrl, password, decodeURIComponent(password)];
  return values.filter((value): value is string => value !== null && value !== '');
}
