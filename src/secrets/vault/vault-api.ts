import type { VaultSettings } from '../../config/secret-store-choice.js';
import type { Clock } from '../../platform/clock.js';
import type { z } from 'zod';
import {
  capabilitiesBody,
  engineBody,
  errorBody,
  faultOfAnswer,
  faultOfFailure,
  loginBody,
  lookupBody,
  parseAs,
  renewBody,
  secretBody,
  secretIdBody,
  version1Body,
  writtenBody,
  type VaultQuestion,
} from './vault-answer.js';
import { VaultClient, type VaultCall } from './vault-client.js';
import { VaultUnavailable, type VaultFault } from './vault-fault.js';

/** One of the two secrets of the daemon, all its fields. */
export interface VaultSecret {
  /** For check-and-set; 0 where there is none yet. */
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TokenTerms {
  /** How long the token lives from now; 0 means without end. */
  readonly ttlMs: number;
  readonly isRenewable: boolean;
}

export interface SecretIdTerms {
  /** Epoch milliseconds; null means never. */
  readonly expiresAt: number | null;
  readonly isUsedUp: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The calls to Vault's HTTP API that the daemon makes. Each fails with `VaultUnavailable`. */
export class VaultApi {
  readonly #client: VaultClient;

  constructor(
    private readonly settings: VaultSettings,
    clock: Clock,
  ) {
    this.#client = new VaultClient(settings, clock);
  }

  /** By AppRole; the role's name is null where Vault does not tell it. */
  async login(): Promise<{ token: string; terms: TokenTerms; roleName: string | null }> {
    const { roleId, secretId } = this.settings;
    this.#client.reopen();
    const answer = await this.#ask({ about: 'login' }, (vault) => vault.loginWithAppRole(roleId, secretId));
    const { auth } = this.#read(loginBody, answer);
    return { token: auth.client_token, terms: termsOf(auth), roleName: auth.metadata?.role_name ?? null };
  }

  async renew(token: string): Promise<TokenTerms> {
    // 0 asks for as long as the role gives.
    const answer = await this.#ask({ about: 'token' }, (vault) => vault.renewSelfToken(token, '0s'));
    return termsOf(this.#read(renewBody, answer).auth);
  }

  async lookup(token: string): Promise<TokenTerms> {
    const answer = await this.#ask({ about: 'token' }, (vault) => vault.lookupSelfToken(token));
    const { ttl, renewable } = this.#read(lookupBody, answer).data;
    return { ttlMs: ttl * 1000, isRenewable: renewable };
  }

  async revoke(token: string): Promise<void> {
    await this.#ask({ about: 'token' }, (vault) => vault.revokeSelfToken(token));
  }

  /** What Vault says about our secret id; null where the policy does not let us ask. */
  async secretIdTerms(token: string, roleName: string): Promise<SecretIdTerms | null> {
    const { secretId } = this.settings;
    const role = encodeURIComponent(roleName);
    const outcome = await this.#client.ask((vault) => vault.readAppRoleSecretId(token, role, secretId));
    if ('failure' in outcome) return null;
    // Nothing is left of a secret id after its last use.
    if (outcome.status === 204 || outcome.status === 404) return { expiresAt: null, isUsedUp: true };
    const terms = outcome.status === 200 ? parseAs(secretIdBody, outcome.body) : null;
    if (terms === null) return null;
    const expiresAt = Date.parse(terms.data.expiration_time);
    // Go's zero time, in the year 1, stands for none.
    return { expiresAt: expiresAt > 0 ? expiresAt : null, isUsedUp: false };
  }

  /** What the token may do to a secret, such as `read`; null where Vault does not let us ask. */
  async capabilities(token: string, secret: string): Promise<readonly string[] | null> {
    const path = `${this.settings.mount}/data/${this.#pathOf(secret)}`;
    const outcome = await this.#client.post('/sys/capabilities-self', token, { paths: [path] });
    if ('failure' in outcome || outcome.status !== 200) return null;
    return parseAs(capabilitiesBody, outcome.body)?.data[path] ?? null;
  }

  async read(token: string, secret: string): Promise<VaultSecret> {
    const question = { about: 'secret', secret } as const;
    const call: VaultCall = (vault) =>
      vault.readKVSecret(token, this.#pathOf(secret), undefined, this.settings.mount);
    const { status, body } = await this.#ask(question, call, [404]);
    const found = parseAs(secretBody, body)?.data ?? null;
    if (found === null) {
      if (status === 404 && parseAs(errorBody, body) !== null) return { version: 0, fields: {} };
      throw this.#failure({ kind: parseAs(version1Body, body) === null ? 'malformed' : 'not_kv2' });
    }
    if (status === 404) throw this.#failure({ kind: 'deleted', secret, version: found.metadata.version });
    return { version: found.metadata.version, fields: found.data ?? {} };
  }

  /** Replaces the whole secret if it still is at this version; `cas_conflict` if not. */
  async write(token: string, secret: string, { version, fields }: VaultSecret): Promise<void> {
    // An empty engine of version 1 would take the value too, and keep it where nobody looks.
    if (version === 0) await this.#requireVersion2(token, secret);
    const answer = await this.#ask({ about: 'secret', secret }, (vault) =>
      vault.updateKVSecret(token, this.#pathOf(secret), fields, version, this.settings.mount),
    );
    this.#read(writtenBody, answer);
  }

  async #requireVersion2(token: string, secret: string): Promise<void> {
    const { mount } = this.settings;
    const outcome = await this.#client.get(`/sys/internal/ui/mounts/${mount}/${this.#pathOf(secret)}`, token);
    const { data } = this.#read(engineBody, this.#answer({ about: 'engine' }, outcome));
    if (data.type !== 'kv' || data.options?.version !== '2') throw this.#failure({ kind: 'not_kv2' });
  }

  #pathOf(secret: string): string {
    return `${this.settings.path}/${secret}`;
  }

  async #ask(question: VaultQuestion, call: VaultCall, allowed: readonly number[] = []): Promise<Answer> {
    return this.#answer(question, await this.#client.ask(call), allowed);
  }

  #answer(
    question: VaultQuestion,
    outcome: Awaited<ReturnType<VaultClient['ask']>>,
    allowed: readonly number[] = [],
  ): Answer {
    if ('failure' in outcome) {
      // The authority of its certificate may be another one by now, and its file replaced.
      this.#client.reopen();
      throw this.#failure(faultOfFailure(outcome.failure));
    }
    const fault = faultOfAnswer(outcome, question);
    const isAllowed = allowed.includes(outcome.status) && fault?.kind === 'refused';
    if (fault !== null && !isAllowed) throw this.#failure(fault);
    return outcome;
  }

  #read<T>(schema: z.ZodType<T>, { body }: Answer): T {
    const value = parseAs(schema, body);
    if (value === null) throw this.#failure({ kind: 'malformed' });
    return value;
  }

  #failure(fault: VaultFault): VaultUnavailable {
    return new VaultUnavailable(fault, this.settings);
  }
}

function termsOf(auth: { readonly lease_duration: number; readonly renewable: boolean }): TokenTerms {
  return { ttlMs: auth.lease_duration * 1000, isRenewable: auth.renewable };
}
