export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The daemon's log; also its Nest token. A message is one constant sentence, what varies stands in the fields
 * (`{ error }` for an error, with its code and causes).
 */
export abstract class Logger {
  abstract child(bindings: { readonly component: string }): Logger;
  /** Whether a line of this level would be written; to be asked before preparing what only such a line needs. */
  abstract isEnabled(level: LogLevel): boolean;
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
}
