import type { SecretName, SecretStore } from './secret-store.js';

const SETTINGS: readonly SecretName[] = ['admin_token', 'app_url', 'bootstrap_servers', 'database_url'];

/** The settings that the store holds, by secret name, as configuration reads them. */
export async function readStoredSettings(store: SecretStore): Promise<Record<string, string>> {
  const stored: Record<string, string> = {};
  for (const name of SETTINGS) {
    const value = await store.read(name);
    if (value !== null) stored[name] = value;
  }
  return stored;
}
