import type { Config } from '../config/config.js';
import { localUrl } from '../config/default-endpoints.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { askLocal, type LocalAnswer } from './ask-local.js';
import { CliError, EXIT, type ExitCode } from './cli-error.js';
import { terminalLine } from './terminal-text.js';

/** Longer than the daemon takes for anything: a new key is made in a second. */
const TIMEOUT_MS = 30_000;

const EXIT_OF: Partial<Record<FederationErrorCode, ExitCode>> = {
  not_allowed: EXIT.notAllowed,
  database_unavailable: EXIT.unavailable,
};

/** Asks the daemon of this configuration, over the administration endpoints (wire protocol 1.4). */
export class DaemonClient {
  readonly #url: string;
  readonly #adminToken: string | null;

  /** @throws CliError where the configuration does not say at which port the daemon is. */
  constructor({ host, port, adminToken }: Pick<Config, 'host' | 'port' | 'adminToken'>) {
    if (port === 0) {
      throw new CliError(
        EXIT.config,
        'With LATTICE_PORT=0 the daemon chose its port itself: set LATTICE_PORT to the one that its log names.',
      );
    }
    this.#url = localUrl(host, port);
    this.#adminToken = adminToken;
  }

  /** @param alsoGood statuses besides 2xx with which it may answer what was asked for @throws CliError */
  get(path: string, alsoGood: readonly number[] = []): Promise<unknown> {
    return this.#ask('GET', path, undefined, alsoGood);
  }

  /** @throws CliError */
  async post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    return asObject(await this.#ask('POST', path, body)) ?? this.#stranger();
  }

  /** @throws CliError */
  async put(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    return asObject(await this.#ask('PUT', path, body)) ?? this.#stranger();
  }

  /** As `get`, for what is an object. @throws CliError */
  async getObject(
    path: string,
    alsoGood: readonly number[] = [],
  ): Promise<Readonly<Record<string, unknown>>> {
    return asObject(await this.get(path, alsoGood)) ?? this.#stranger();
  }

  /** The answer's JSON. */
  async #ask(
    method: string,
    path: string,
    body?: object,
    alsoGood: readonly number[] = [],
  ): Promise<unknown> {
    const { status, text } = await this.#send(method, path, body);
    const answer = jsonOf(text);
    if (answer === null || typeof answer !== 'object') return this.#stranger();
    const { detail, code } = answer as { detail?: unknown; code?: unknown };
    if (status < 300 || (alsoGood.includes(status) && code === undefined)) return answer;
    if (typeof detail !== 'string' || typeof code !== 'string') return this.#stranger();
    const exitCode = EXIT_OF[code as FederationErrorCode] ?? EXIT.failed;
    throw new CliError(exitCode, terminalLine(`The daemon refuses (${code}): ${detail}`));
  }

  async #send(method: string, path: string, body: object | undefined): Promise<LocalAnswer> {
    try {
      return await askLocal(this.#url + path, {
        method,
        timeoutMs: TIMEOUT_MS,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#adminToken === null ? {} : { 'x-lattice-admin-token': this.#adminToken }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      throw new CliError(EXIT.unavailable, this.#why(error));
    }
  }

  #why(error: unknown): string {
    const { name, code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED') {
      return `No daemon listens on ${this.#url}. Start it; if it has been, its log says what it waits for. Or set LATTICE_HOST and LATTICE_PORT as it has them.`;
    }
    if (name === 'TimeoutError')
      return `The daemon on ${this.#url} did not answer within ${TIMEOUT_MS / 1000} s. Its log shows whether it was done.`;
    return `The daemon on ${this.#url} cannot be asked (${code ?? name}).`;
  }

  #stranger(): never {
    throw new CliError(EXIT.unavailable, `What answers on ${this.#url} is not a Lattice daemon.`);
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return Array.isArray(value) ? null : (value as Readonly<Record<string, unknown>>);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
