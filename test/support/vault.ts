import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import type { VaultSettings } from '../../src/config/secret-store-choice.js';
import { documentedPolicy } from './documented-policy.js';

/** Where a Vault is, and who may set it up. */
export interface VaultPlace {
  readonly address: string;
  readonly caCertPath: string | null;
  readonly rootToken: string;
}

export interface RoleOptions {
  readonly tokenTtlSeconds?: number;
  readonly tokenMaxTtlSeconds?: number;
  readonly secretIdUses?: number;
  readonly secretIdTtlSeconds?: number;
  /** In place of the policy of docs/secrets.md. */
  readonly policy?: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The operator of a Vault, who sets up a mount and a role of their own for each test. */
export class VaultOperator {
  readonly mount = `lattice-test-${randomUUID().slice(0, 8)}`;
  readonly path = 'lattice';
  readonly #role = `lattice-${this.mount}`;
  readonly #agent: Agent;

  constructor(private readonly place: VaultPlace) {
    const ca = place.caCertPath === null ? {} : { ca: readFileSync(place.caCertPath) };
    this.#agent = new Agent({ connect: ca });
  }

  /** A KV engine, the policy, the role and a first secret id: what docs/secrets.md has an operator do. */
  async setUp(options: RoleOptions = {}, version: '1' | '2' = '2'): Promise<VaultSettings> {
    await this.call('POST', `sys/mounts/${this.mount}`, { type: 'kv', options: { version } });
    await this.call('POST', 'sys/auth/approle', { type: 'approle' }, [400]);
    return this.newRole(options);
  }

  async newRole(options: RoleOptions): Promise<VaultSettings> {
    const { mount, path } = this;
    const policy = options.policy ?? documentedPolicy({ mount, path, role: this.#role });
    await this.call('PUT', `sys/policies/acl/${this.#role}`, { policy });
    await this.call('POST', `auth/approle/role/${this.#role}`, {
      token_policies: [this.#role],
      token_ttl: options.tokenTtlSeconds ?? 3600,
      ...(options.tokenMaxTtlSeconds === undefined ? {} : { token_max_ttl: options.tokenMaxTtlSeconds }),
      secret_id_num_uses: options.secretIdUses ?? 0,
      secret_id_ttl: options.secretIdTtlSeconds ?? 0,
    });
    const { role_id: roleId } = (await this.call('GET', `auth/approle/role/${this.#role}/role-id`)) as {
      role_id: string;
    };
    const { address, caCertPath } = this.place;
    const login = { roleId, secretId: await this.newSecretId() };
    return { address, caCertPath, namespace: null, mount, path, ...login };
  }

  async newSecretId(): Promise<string> {
    const data = await this.call('POST', `auth/approle/role/${this.#role}/secret-id`, {});
    return (data as { secret_id: string }).secret_id;
  }

  async withdraw(secretId: string): Promise<void> {
    await this.call('POST', `auth/approle/role/${this.#role}/secret-id/destroy`, { secret_id: secretId });
  }

  async put(secret: 'services' | 'keys', fields: Fields): Promise<void> {
    await this.call('POST', this.#data(secret), { data: fields });
  }

  /** The newest version; null where there is none. */
  async get(secret: 'services' | 'keys'): Promise<{ version: number; fields: Fields } | null> {
    const found = (await this.call('GET', this.#data(secret), undefined, [404])) as {
      data: Fields;
      metadata: { version: number };
    } | null;
    return found === null ? null : { version: found.metadata.version, fields: found.data };
  }

  /** As `vault kv delete`. */
  async deleteNewest(secret: 'services' | 'keys'): Promise<void> {
    await this.call('DELETE', this.#data(secret));
  }

  async close(): Promise<void> {
    await this.call('DELETE', `sys/mounts/${this.mount}`, undefined, [403, 404, 503]).catch(() => null);
    await this.#agent.close();
  }

  /** The `data` of the answer; null for an answer without or with an allowed status. */
  async call(method: string, path: string, body?: object, allowed: readonly number[] = []): Promise<unknown> {
    const response = await fetch(`${this.place.address}/v1/${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'X-Vault-Token': this.place.rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (allowed.includes(response.status)) return null;
    if (!response.ok) throw new Error(`Vault: ${method} ${path}: HTTP ${response.status} ${text}`);
    return text === '' ? null : (JSON.parse(text) as { data?: unknown }).data;
  }

  #data(secret: string): string {
    return `${this.mount}/data/${this.path}/${secret}`;
  }
}
