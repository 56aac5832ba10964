import { type SecretName, SecretStore } from './secret-store.js';

/** The secret store of a running daemon, which may be opened anew with another login. */
export class ReplaceableSecretStore extends SecretStore {
  #inUse: SecretStore;
  readonly #calls = new Map<SecretStore, Set<Promise<unknown>>>();

  constructor(first: SecretStore) {
    super();
    this.#inUse = first;
  }

  /** From here on the other one is asked; the one so far is closed when its last call is over. */
  replace(next: SecretStore): void {
    const former = this.#inUse;
    this.#inUse = next;
    void this.#closeWhenIdle(former);
  }

  override get problem(): string | null {
    return this.#inUse.problem;
  }

  read(name: SecretName): Promise<string | null> {
    return this.#ask((store) => store.read(name));
  }

  write(name: SecretName, value: string): Promise<void> {
    return this.#ask((store) => store.write(name, value));
  }

  promote(from: SecretName, to: SecretName): Promise<void> {
    return this.#ask((store) => store.promote(from, to));
  }

  remove(name: SecretName): Promise<void> {
    return this.#ask((store) => store.remove(name));
  }

  override placeOf(name: SecretName): string {
    return this.#inUse.placeOf(name);
  }

  override close(): Promise<void> {
    return this.#inUse.close();
  }

  async #ask<T>(question: (store: SecretStore) => Promise<T>): Promise<T> {
    const store = this.#inUse;
    const calls = this.#calls.get(store) ?? new Set();
    this.#calls.set(store, calls);
    const call = question(store);
    calls.add(call);
    try {
      return await call;
    } finally {
      calls.delete(call);
    }
  }

  async #closeWhenIdle(store: SecretStore): Promise<void> {
    await Promise.allSettled([...(this.#calls.get(store) ?? [])]);
    this.#calls.delete(store);
    await store.close().catch(() => undefined);
  }
}
