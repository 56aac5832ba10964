import type { Config } from '../../config/config.js';
import type { SettingsInForce } from '../../config/read-settings.js';
import type { SecretStore } from '../../secrets/secret-store.js';
import type { DaemonClient } from '../daemon-client.js';

/** What a command is given by the process it runs in. */
export interface CommandContext {
  /** Reads the configuration only when asked, so that help is to be had with a wrong one. @throws CliError, ConfigError */
  readonly daemon: () => Promise<DaemonClient>;
  /** For commands that work on the data folder or the database themselves. @throws ConfigError */
  readonly config: () => Promise<Config>;
  /** What it is made of, each value with its origin. @throws ConfigError */
  readonly settings: () => Promise<SettingsInForce>;
  /** The secret store; to be closed. @throws ConfigError */
  readonly secrets: () => Promise<SecretStore>;
  /** Writes to standard output; a line end is added. */
  readonly print: (text: string) => void;
}

/** An answer as JSON, or in words. */
export function report(
  context: CommandContext,
  answer: Readonly<Record<string, unknown>>,
  { json }: { readonly json?: boolean },
  words: readonly string[],
): void {
  context.print(json === true ? JSON.stringify(answer, null, 2) : words.join('\n'));
}
