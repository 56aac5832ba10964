import { isatty } from 'node:tty';
import { pino, stdTimeFunctions, type Logger as Pino } from 'pino';
import pretty from 'pino-pretty';
import { Logger, type LogFields, type LogLevel } from './logger.js';
import { plainFields, plainMessage } from './plain.js';
import { contextFields } from './request-context.js';
import { redactor, type Redact } from './redactor.js';

const STDOUT = 1;

/** Where finished lines go, each with its line end. */
export interface LogSink {
  write(text: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'pretty' | 'json';
  /** Values that must never reach the output, wherever they turn up. Private keys in PEM never do in any case. */
  readonly secrets?: readonly string[];
  /** A file descriptor (default: standard output) or a sink. */
  readonly destination?: number | LogSink;
}

/** A line is written when the call returns, so nothing is lost when the process exits. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? STDOUT;
  const sink = typeof destination === 'number' ? descriptorSink(destination) : destination;
  const colors = typeof destination === 'number' && isatty(destination) && pretty.isColorSupported;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'pretty' ? prettySink(sink, colors) : sink,
  );
  return new PinoLogger(root, redactor(options.secrets ?? []));
}

class PinoLogger extends Logger {
  readonly #pino: Pino;
  readonly #redact: Redact;

  constructor(to: Pino, redact: Redact) {
    super();
    this.#pino = to;
    this.#redact = redact;
  }

  child(bindings: { readonly component: string }): Logger {
    return new PinoLogger(this.#pino.child(plainFields(bindings, this.#redact)), this.#redact);
  }

  isEnabled(level: LogLevel): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    this.#pino[level](
      plainFields({ ...contextFields(), ...fields }, this.#redact),
      plainMessage(message, this.#redact),
    );
  }
}

function descriptorSink(descriptor: number): LogSink {
  const stream = pino.destination({ dest: descriptor, sync: true });
  // A full disk behind standard output costs log lines, not the daemon.
  stream.on('error', () => undefined);
  return stream;
}

/** pino-pretty's own stream is asynchronous and loses the last lines of a process, so only its formatter is used. */
function prettySink(sink: LogSink, colorize: boolean): LogSink {
  const format = pretty.prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'component',
    singleLine: true,
    messageFormat,
  });
  return { write: (line) => sink.write(format(line)) };
}

function messageFormat(line: Record<string, unknown>, messageKey: string): string {
  const component = typeof line['component'] === 'string' ? `[${line['component']}] ` : '';
  return component + String(line[messageKey]);
}
