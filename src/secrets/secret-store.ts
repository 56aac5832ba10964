/** What the daemon may keep as a secret; each name is one entry of the store. */
export type SecretName =
  'private_key' | 'next_private_key' | 'admin_token' | 'app_url' | 'bootstrap_servers' | 'database_url';

/** Far above a 4096-bit key or a list of bootstrap servers; what is larger is none of ours. */
export const MAX_SECRET_BYTES = 64 * 1024;

/** Keys are PEM, kept to the byte; other values lose the line end that an editor or `echo` left. */
export function isPem(name: SecretName): boolean {
  return name === 'private_key' || name === 'next_private_key';
}

/** A secret id that ends within this time is worth a word to the operator. */
export const SECRET_ID_ENDS_SOON_MS = 7 * 86_400_000;

/** How long a store serves us, and what it does not let us do. Times are epoch milliseconds; null means no end. */
export interface StoreTerms {
  readonly tokenEndsAt: number | null;
  readonly isTokenRenewable: boolean;
  /** Undefined where the store does not say. */
  readonly secretIdEndsAt: number | null | undefined;
  readonly isSecretIdUsedUp: boolean;
  /** What the daemon will come to need and may not do, such as `update of secret/lattice/keys`. */
  readonly denied: readonly string[];
}

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

  /** Where the value is or would be, in words, for an operator who has to look there. */
  placeOf(name: SecretName): string {
    return name;
  }

  /** What keeps the store from being used just now, in a sentence; null where nothing is known to. */
  get problem(): string | null {
    return null;
  }

  /** The terms under which the store serves us, for an operator who looks; null where it has none. Changes nothing. */
  examine(): Promise<StoreTerms | null> {
    return Promise.resolve(null);
  }

  /** Lets go of what the store holds open; it is not used afterwards. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
