import type { LoggerService } from '@nestjs/common';
import { Logger, type LogLevel } from './logger.js';

/**
 * Nest's contexts for what ends a start: a part that cannot be built, a port that cannot be had. It is thrown too, and
 * whoever started says it once, in words.
 */
const START_FAILURES: readonly unknown[] = ['ExceptionHandler', 'NestApplication'];

const STACK = /\n\s+at /;

/**
 * Takes what Nest itself has to say. Its `log` level is chatter about modules and routes, so it goes to debug; its
 * warnings and errors keep their level. Our own code uses Logger.
 */
export class NestLogger implements LoggerService {
  readonly #log: Logger;

  constructor(logger: Logger) {
    this.#log = logger.child({ component: 'nest' });
  }

  log(message: unknown, ...parameters: unknown[]): void {
    this.#write('debug', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.#write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.#write('debug', message, parameters);
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.#write('warn', message, parameters);
  }

  error(message: unknown, ...parameters: unknown[]): void {
    if (START_FAILURES.includes(parameters.at(-1))) return;
    this.#write('error', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.#write('error', message, parameters);
  }

  /** Nest passes (message, ...details, stack?, context?); the context is the class that speaks. */
  #write(level: LogLevel, message: unknown, parameters: readonly unknown[]): void {
    const given = parameters.filter((parameter) => parameter !== undefined);
    const stack = given.find((parameter) => typeof parameter === 'string' && STACK.test(parameter));
    const last = given.at(-1);
    const context = typeof last === 'string' && last !== stack ? last : undefined;
    const details = given.filter((parameter) => parameter !== stack && parameter !== context);
    this.#log[level](textOf(message), {
      ...(context === undefined ? {} : { context }),
      ...(typeof message === 'string' ? {} : { [message instanceof Error ? 'error' : 'value']: message }),
      ...(details.length === 0 ? {} : { details }),
      ...(stack === undefined ? {} : { stack }),
    });
  }
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : 'Nest reports a value';
}
