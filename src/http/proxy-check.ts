import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Logger } from '../observability/logger.js';
import { PeerHttp, PeerUnreachable } from '../platform/peer-http.js';
import { Random } from '../platform/random.js';
import { endpointPath } from '../protocol/endpoints.js';

/** Whether administration without a token is on, and why; `reason` is a sentence for the operator. */
export interface ProxyCheckResult {
  readonly administration: 'on' | 'off';
  readonly reason: string;
}

interface Checked {
  readonly url: string;
  readonly result: ProxyCheckResult;
}

/** An administration path that changes nothing; with a name behind it that only the check knows. */
const CHECKED_PATH = '/api/v1/peers/proxy-check-';
const OPERATORS_ANSWER = '"unknown_peer"';
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
  readonly #log: Logger;
  #checked: Checked | null = null;
  /** What was logged last. */
  #told: ProxyCheckResult;
  /** The name asked for by the check that runs, and whether it came as far as the guard with nothing against it. */
  #asked: { readonly name: string; isTurnedAway: boolean } | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly http: PeerHttp,
    private readonly random: Random,
    logger: Logger,
  ) {
    this.#log = logger.child({ component: 'proxy-check' });
    this.#told = this.result;
  }

  /** The last result; off until the first check of this public URL, where one is needed. */
  get result(): ProxyCheckResult {
    const url = this.#urlToCheck;
    if (url === null) return on(unneededBecause(this.config));
    return this.#checked?.url === url ? this.#checked.result : off('The proxy was not checked yet.');
  }

  get isOff(): boolean {
    return this.result.administration === 'off';
  }

  /** Null where none is needed. */
  get #urlToCheck(): string | null {
    return this.config.adminToken === null ? this.config.publicUrl : null;
  }

  /**
   * To be told of each request that was refused for no other reason than that administration is off. The operator's own
   * are among them: that of the check is known by its name.
   */
  noteTurnedAway(target: string): void {
    if (this.#asked !== null && target.includes(this.#asked.name)) this.#asked.isTurnedAway = true;
  }

  /** Checks once; never rejects. To be called at start, hourly, and every minute while administration is off. */
  async run(): Promise<ProxyCheckResult> {
    const url = this.#urlToCheck;
    // Where none is needed the last one grows old: should the token be taken away again, it must not count.
    this.#checked = url === null ? null : { url, result: await this.#check(endpointPath(url, CHECKED_PATH)) };
    this.#tell();
    return this.result;
  }

  async #check(prefix: string): Promise<ProxyCheckResult> {
    const asked = { name: this.random.uuid(), isTurnedAway: false };
    this.#asked = asked;
    const url = `${prefix}...`;
    try {
      const request = { method: 'GET', url: prefix + asked.name, timeoutMs: CHECK_TIMEOUT_MS } as const;
      const { status, text } = await this.http.request(request);
      // The check itself may have passed for local, and met a 403 only because administration is off already.
      if (status === 403 && asked.isTurnedAway) return off(`${url} reaches us as if from here. ${ADVICE}`);
      return resultOf(url, status, text);
    } catch (error) {
      return off(`${url} could not be fetched: ${unreachable(error)}`);
    } finally {
      this.#asked = null;
    }
  }

  #tell(): void {
    const { result } = this;
    const isNews = result.administration !== this.#told.administration || result.reason !== this.#told.reason;
    this.#told = result;
    if (!isNews) return;
    if (result.administration === 'on')
      this.#log.info('Administration without a token is on', { reason: result.reason });
    else this.#log.warn('Administration without a token is switched off', { reason: result.reason });
  }
}

function resultOf(url: string, status: number, text: string): ProxyCheckResult {
  if (status === 403) return on(`${url} answers 403 to strangers, as it should.`);
  // Nobody has that name: this is what the operator would be told.
  if ((status >= 200 && status < 300) || text.includes(OPERATORS_ANSWER))
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
