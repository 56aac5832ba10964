import type { Config } from './config.js';

/**
 * The configuration of a running daemon. Everybody who was given `view` reads a value where it is used, and so has
 * the new one from the moment it is replaced, all values together. What was built from a value is built anew by
 * whoever replaces it (`adopt` in src/daemon.ts).
 */
export class LiveConfig {
  readonly view: Config;
  #current: Config;

  constructor(first: Config) {
    this.#current = first;
    const fields = Object.keys(first) as (keyof Config)[];
    const view = {};
    for (const field of fields)
      Object.defineProperty(view, field, { enumerable: true, get: () => this.#current[field] });
    this.view = view as Config;
  }

  replace(next: Config): void {
    this.#current = next;
  }
}
