import type { Config } from './config.js';

/** The environment, name to value. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the whole configuration: environment beats secret store beats default; empty text is unset.
 * `stored` is keyed by secret name (`admin_token`, `app_url`, ...); other keys in it are ignored.
 * @throws ConfigError with every problem.
 */
export function readConfig(
  _env: Environment,
  _stored: Readonly<Record<string, string>>,
  _context: { readonly isTerminal: boolean },
): Config {
  throw new Error('not yet');
}
