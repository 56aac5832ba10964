import type { Config } from '../../config/config.js';
import type { Environment } from '../../config/environment.js';
import type { SettingsInForce } from '../../config/read-settings.js';
import type { SecretStore } from '../../secrets/secret-store.js';
import type { ExitCode } from '../cli-error.js';
import type { DaemonClient } from '../daemon-client.js';
import { terminalJson, terminalLine } from '../terminal-text.js';

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
  /** The variables of this process, and over them those of `--env-file`. */
  readonly environment: () => Environment;
  /** Writes to standard output; a line end is added. */
  readonly print: (text: string) => void;
  /** The width of the terminal; null where the output goes elsewhere. */
  readonly columns: number | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** What the process ends with where the command does what it is for, and has something to say by it. */
  readonly endWith: (code: ExitCode) => void;
}

/** An answer as JSON, or in words, line by line. */
export function report(
  context: CommandContext,
  answer: unknown,
  { json }: { readonly json?: boolean },
  words: readonly string[],
): void {
  context.print(json === true ? terminalJson(answer) : words.map(terminalLine).join('\n'));
}
