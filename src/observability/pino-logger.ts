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

/** What of a log may change while it is written. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly redact: Redact;
}

/** A log whose level and secrets can be changed, for all its children at once. */
export interface AdjustableLogger {
  readonly logger: Logger;
  /** What was secret once stays so. */
  readonly adjust: (changes: { readonly level?: LogLevel; readonly secrets?: readonly string[] }) => void;
}

export function createLogger(options: LoggerOptions): Logger {
  return createAdjustableLogger(options).logger;
}

/** A line is written when the call returns, so nothing is lost when the process exits. */
export function createAdjustableLogger(options: LoggerOptions): AdjustableLogger {
  const destination = options.destination ?? STDOUT;
  const sink = typeof destination === 'number' ? descriptorSink(destination) : destination;
  const colors = typeof destination === 'number' && isatty(destination) && pretty.isColorSupported;
  const root = pino(
    {
      // Which lines are written is decided here: pino's children would each keep the level of their birth.
      level: 'debug',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'pretty' ? prettySink(sink, colors) : sink,
  );
  const secrets = new Set(options.secrets);
  const settings = new Adjustable({ level: options.level, redact: redactor([...secrets]) });
  return {
    logger: new PinoLogger(root, settings),
    adjust: ({ level = settings.now.level, secrets: more = [] }) => {
      for (const secret of more) secrets.add(secret);
      settings.now = { level, redact: redactor([...secrets]) };
    },
  };
}

class Adjustable {
  constructor(public now: LogSettings) {}
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

class PinoLogger extends Logger {
  readonly #pino: Pino;
  readonly #settings: Adjustable;

  constructor(to: Pino, settings: Adjustable) {
    super();
    this.#pino = to;
    this.#settings = settings;
  }

  child(bindings: { readonly component: string }): Logger {
    const child = this.#pino.child(plainFields(bindings, this.#settings.now.redact));
    return new PinoLogger(child, this.#settings);
  }

  isEnabled(level: LogLevel): boolean {
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.#settings.now.level);
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
    if (!this.isEnabled(level)) return;
    const { redact } = this.#settings.now;
    this.#pino[level](plainFields({ ...contextFields(), ...fields }, redact), plainMessage(message, redact));
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
