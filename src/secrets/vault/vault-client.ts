import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AxiosAdapter, AxiosInstance } from 'axios';
import type Vault from 'hashi-vault-js';
import type { VaultSettings } from '../../config/secret-store-choice.js';
import type { Clock } from '../../platform/clock.js';
import { FAILED, type VaultOutcome } from './vault-answer.js';
import { MAX_VAULT_ANSWER_BYTES, VAULT_TIMEOUT_MS, VaultUnavailable } from './vault-fault.js';

/** One call of the library; what it resolves with is an outcome, whatever the library declares. */
export type VaultCall = (vault: Vault) => PromiseLike<object> | object;

/**
 * Calls Vault through hashi-vault-js, beneath which it puts a transport of its own.
 *
 * Left to itself the library follows redirects with the token, prints failed updates to standard output, throws errors
 * that hold token and secrets, and waits as long as bytes trickle in. So the transport hands every answer, good or
 * bad, up as one value: the library sees no failure, and has nothing to print or throw.
 */
export class VaultClient {
  #vault: Vault | null = null;

  constructor(
    private readonly settings: VaultSettings,
    private readonly clock: Clock,
  ) {}

  async ask(call: VaultCall): Promise<VaultOutcome> {
    this.#vault ??= await this.#open();
    return (await call(this.#vault)) as VaultOutcome;
  }

  /** A path of the API that the library has no method for. */
  get(path: string, token: string): Promise<VaultOutcome> {
    return this.ask(async ({ instance }) => {
      const answer = await (instance as AxiosInstance).get<Carried>(path, {
        headers: { 'X-Vault-Token': token },
      });
      return answer.data.data;
    });
  }

  /** As `get`, with a body. */
  post(path: string, token: string, body: object): Promise<VaultOutcome> {
    return this.ask(async ({ instance }) => {
      const headers = { 'X-Vault-Token': token };
      const answer = await (instance as AxiosInstance).post<Carried>(path, body, { headers });
      return answer.data.data;
    });
  }

  /** The next call reads the certificate of the authority anew. */
  reopen(): void {
    this.#vault = null;
  }

  async #open(): Promise<Vault> {
    const { address, namespace, caCertPath } = this.settings;
    const isTls = address.startsWith('https:');
    // The library reads the file itself, but only prints what is wrong with it.
    if (isTls && caCertPath !== null) await this.#requireCertificate(caCertPath);
    // Who has no Vault does not load what calls it.
    const [{ default: axios }, { default: Library }] = await Promise.all([
      import('axios'),
      import('hashi-vault-js'),
    ]);
    const vault = new Library({
      https: isTls,
      baseUrl: `${address}/v1`,
      ...(caCertPath === null ? {} : { cacert: caCertPath }),
      ...(namespace === null ? {} : { namespace }),
    });
    const { defaults } = vault.instance as AxiosInstance;
    // The transport keeps a deadline for the whole exchange; the one of axios begins anew with every byte.
    defaults.timeout = 0;
    defaults.adapter = carrier(axios.getAdapter('http'), this.clock);
    return vault;
  }

  async #requireCertificate(path: string): Promise<void> {
    const pem = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new VaultUnavailable({ kind: 'ca_unreadable', code: error.code ?? 'unknown' }, this.settings);
    });
    try {
      new X509Certificate(pem);
    } catch {
      throw new VaultUnavailable({ kind: 'ca_not_pem' }, this.settings);
    }
  }
}

/** An outcome in the shape in which the library unpacks answers. */
interface Carried {
  readonly data: VaultOutcome;
}

function carrier(http: AxiosAdapter, clock: Clock): AxiosAdapter {
  return async (config) => {
    const deadline = new AbortController();
    const timer = clock.after(VAULT_TIMEOUT_MS, () => deadline.abort());
    const carried = (outcome: VaultOutcome): Carried => ({ data: outcome });
    const answer = { status: 200, statusText: '', headers: {}, config };
    try {
      const { status, data, headers } = (await http({
        ...config,
        signal: deadline.signal,
        maxRedirects: 0,
        maxContentLength: MAX_VAULT_ANSWER_BYTES,
        responseType: 'text',
        validateStatus: () => true,
      })) as { status: number; data: unknown; headers: Record<string, unknown> };
      const { location } = headers;
      return {
        ...answer,
        data: carried({
          status,
          body: typeof data === 'string' ? data : '',
          location: typeof location === 'string' ? location : null,
        }),
      };
    } catch (error) {
      return { ...answer, data: carried({ failure: reasonOf(error) }) };
    } finally {
      timer.cancel();
    }
  };
}

/** Only the code: the error holds the whole request. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'ERR_CANCELED') return FAILED.slow;
  if (/maxContentLength/.test(String(message))) return FAILED.oversized;
  // Node has no code of its own for an answer that is not TLS at all.
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(String(message)))
    return FAILED.noTls;
  return typeof code === 'string' ? code : 'unknown';
}
