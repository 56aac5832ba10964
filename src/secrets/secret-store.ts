/** What the daemon may keep as a secret; each name is one entry of the store. */
export type SecretName =
  'private_key' | 'next_private_key' | 'admin_token' | 'app_url' | 'bootstrap_servers' | 'database_url';

/**
 * Where secrets are kept; also the Nest token of the store in use.
 *
 * Every method fails with `secret_store_unavailable` when the store cannot be used safely. No error carries a value.
 */
export abstract class SecretStore {
  /** The value, or null where nothing was written under this name. */
  abstract read(name: SecretName): Promise<string | null>;
  /** Writes or replaces; durable when it resolves. */
  abstract write(name: SecretName, value: string): Promise<void>;
  /** Moves `from` over `to` in one step that survives a crash whole or not at all; durable when it resolves. */
  abstract promote(from: SecretName, to: SecretName): Promise<void>;
  /** Forgets the value; a name without one is no error. Durable when it resolves. */
  abstract remove(name: SecretName): Promise<void>;
}
