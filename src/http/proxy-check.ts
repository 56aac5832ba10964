import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Logger } from '../observability/logger.js';
import { PeerHttp, PeerUnreachable } from '../platform/peer-http.js';
import { endpointPath } from '../protocol/endpoints.js';

/** Whether administration without a token is on, and why; `reason` is a sentence for the operator. */
export interface ProxyCheckResult {
  readonly administration: 'on' | 'off';
  readonly reason: string;
}

/** An administration path that changes nothing and tells nothing which the announcement does not. */
const CHECKED_PATH = '/api/v1/identity';
const CHECK_TIMEOUT_MS = 10_000;

const ADVICE =
  'Set LATTICE_ADMIN_TOKEN, or make the proxy send X-Forwarded-For and pass the public name as Host.';

/**
 * Finds out whether the proxy in front marks what it forwards (wire protocol 1.5). Without an admin token, a
 * request counts as the operator's if it looks local; a proxy that hides itself would make the whole world look
 * so. Therefore an administration path is fetched the way strangers come, and only a 403 keeps administration on.
 */
@Injectable()
export class ProxyCheck {
  readonly #publicUrl: string | null;
  readonly #log: Logger;
  #result: ProxyCheckResult;
  #isRunning = false;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly http: PeerHttp,
    logger: Logger,
  ) {
    this.#publicUrl = config.adminToken === null ? config.publicUrl : null;
    this.#log = logger.child({ component: 'proxy-check' });
    this.#result =
      this.#publicUrl === null ? on(unneededBecause(config)) : off('The proxy was not checked yet.');
  }

  /** The last result; off from the start until the first check, where one is needed. */
  get result(): ProxyCheckResult {
    return this.#result;
  }

  /**
   * Whether a request for this path is refused although it looks local. While a check runs, the checked path is
   * judged as if administration were on: otherwise the check would see our own 403 and take it for the proxy's merit.
   */
  refuses(path: string): boolean {
    return this.#result.administration === 'off' && !(this.#isRunning && path === CHECKED_PATH);
  }

  /** Checks once; never rejects. To be called at start, hourly, and every minute while administration is off. */
  async run(): Promise<ProxyCheckResult> {
    if (this.#publicUrl === null) return this.#result;
    this.#isRunning = true;
    try {
      this.#adopt(await this.#check(endpointPath(this.#publicUrl, CHECKED_PATH)));
    } finally {
      this.#isRunning = false;
    }
    return this.#result;
  }

  async #check(url: string): Promise<ProxyCheckResult> {
    try {
      const { status } = await this.http.request({ method: 'GET', url, timeoutMs: CHECK_TIMEOUT_MS });
      return resultOf(url, status);
    } catch (error) {
      return off(`${url} could not be fetched: ${unreachable(error)}`);
    }
  }

  #adopt(result: ProxyCheckResult): void {
    const isNews =
      result.administration !== this.#result.administration || result.reason !== this.#result.reason;
    this.#result = result;
    if (!isNews) return;
    if (result.administration === 'on')
      this.#log.info('Administration without a token is on', { reason: result.reason });
    else this.#log.warn('Administration without a token is switched off', { reason: result.reason });
  }
}

function resultOf(url: string, status: number): ProxyCheckResult {
  if (status === 403) return on(`${url} answers 403 to strangers, as it should.`);
  if (status >= 200 && status < 300)
    return off(`${url} answers ${status}: strangers pass for the operator. ${ADVICE}`);
  return off(
    `${url} answers ${status}, not 403, so it is not certain that strangers are kept out. ${ADVICE}`,
  );
}

function unreachable(error: unknown): string {
  if (!(error instanceof PeerUnreachable)) return `${String(error)}. Set LATTICE_ADMIN_TOKEN.`;
  if (error.reason !== 'address_not_allowed')
    return `${error.message}. Set LATTICE_ADMIN_TOKEN, or make it reachable from here.`;
  return 'its name leads to a private address here. Set LATTICE_ADMIN_TOKEN, or add the address to LATTICE_ALLOW_ADDRESSES.';
}

function unneededBecause({ adminToken }: Config): string {
  return adminToken === null ? 'No public URL is set.' : 'Administration wants the admin token.';
}

function on(reason: string): ProxyCheckResult {
  return { administration: 'on', reason };
}

function off(reason: string): ProxyCheckResult {
  return { administration: 'off', reason };
}
