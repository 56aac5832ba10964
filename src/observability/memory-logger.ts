import { contextFields } from './request-context.js';
import { Logger, type LogFields, type LogLevel } from './logger.js';

export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, for tests and the simulation. Children write into the same list. */
export class MemoryLogger extends Logger {
  readonly entries: LogEntry[];
  readonly #bindings: LogFields;

  constructor(entries: LogEntry[] = [], bindings: LogFields = {}) {
    super();
    this.entries = entries;
    this.#bindings = bindings;
  }

  child(bindings: { readonly component: string }): MemoryLogger {
    return new MemoryLogger(this.entries, { ...this.#bindings, ...bindings });
  }

  isEnabled(): boolean {
    return true;
  }

  debug(message: string, fields?: LogFields): void {
    this.#keep('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#keep('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#keep('error', message, fields);
  }

  #keep(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.entries.push({ level, message, fields: { ...this.#bindings, ...contextFields(), ...fields } });
  }
}
