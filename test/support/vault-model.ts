import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/platform/clock.js';
import { recordSecrets } from './suite-record.js';

export interface VaultRequest {
  readonly method: string;
  /** Below `/v1/`, without a query. */
  readonly path: string;
  readonly token: string | null;
  readonly namespace: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface VaultReply {
  readonly status: number;
  readonly body?: unknown;
}

interface Role {
  readonly name: string;
  readonly roleId: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface SecretId {
  readonly role: string;
  usesLeft: number;
  readonly isLimited: boolean;
  readonly expiresAt: number;
}

interface Token {
  readonly policies: readonly string[];
  readonly ttlMs: number;
  readonly isRenewable: boolean;
  readonly endsForGood: number;
  expiresAt: number;
}

interface Version {
  readonly data: unknown;
  isDeleted: boolean;
}

type Capability = 'create' | 'read' | 'update' | 'delete';
interface Rule {
  readonly pattern: RegExp;
  readonly capabilities: readonly string[];
}

const refusal = (status: number, ...errors: string[]): VaultReply => ({ status, body: { errors } });
const granted = (data: unknown): VaultReply => ({ status: 200, body: { data, auth: null } });
const nothing: VaultReply = { status: 204 };
const notAllowed = refusal(403, 'permission denied');
const ROOT = 'root';

/** What Vault's HTTP API answers, as far as an AppRole client and its setup see it; worded as Vault words it. */
export class VaultModel {
  readonly rootToken = `hvs.root-${randomUUID()}`;
  /** Every token and secret id ever given: none of them may turn up anywhere. */
  readonly given: string[] = [this.rootToken];
  isSealed = false;
  /** The only one there is; null is the root namespace. */
  namespace: string | null = null;
  isAppRoleEnabled = true;
  readonly tokens = new Map<string, Token>();
  readonly #mounts = new Map<string, '1' | '2'>();
  readonly #policies = new Map<string, readonly Rule[]>();
  readonly #roles = new Map<string, Role>();
  readonly #secretIds = new Map<string, SecretId>();
  readonly #secrets = new Map<string, Version[]>();

  constructor(private readonly clock: Clock) {
    this.tokens.set(this.rootToken, {
      policies: [ROOT],
      ttlMs: 0,
      isRenewable: false,
      endsForGood: Infinity,
      expiresAt: Infinity,
    });
  }

  answer(request: VaultRequest): VaultReply {
    const { path, namespace } = request;
    if (path === 'sys/health' || path === 'sys/seal-status')
      return { status: this.isSealed && path === 'sys/health' ? 503 : 200, body: { sealed: this.isSealed } };
    if (this.isSealed) return refusal(503, 'Vault is sealed');
    if ((namespace ?? '') !== (this.namespace ?? '')) return this.#noHandler(`${namespace}/${path}`);
    if (path === 'auth/approle/login') return this.#login(request.body);
    const token = this.#tokenOf(request);
    if (token === null) return notAllowed;
    if (path.startsWith('auth/token/')) return this.#tokenCall(request, token);
    if (path.startsWith('sys/internal/ui/mounts/')) return this.#mountOf(path.slice(23), token);
    if (path === 'sys/capabilities-self') return this.#capabilities(request.body, token);
    if (!this.#may(token, request)) return notAllowed;
    if (path.startsWith('sys/')) return this.#setup(request);
    if (path.startsWith('auth/approle/role/')) return this.#role(request);
    return this.#secret(request);
  }

  #give(secret: string): void {
    this.given.push(secret);
    recordSecrets(secret);
  }

  #tokenOf({ token }: VaultRequest): Token | null {
    const held = this.tokens.get(token ?? '');
    return held !== undefined && held.expiresAt > this.clock.now() ? held : null;
  }

  #login({ role_id: roleId, secret_id: secretId }: VaultRequest['body']): VaultReply {
    if (!this.isAppRoleEnabled) return this.#noHandler('auth/approle/login');
    const role = [...this.#roles.values()].find((each) => each.roleId === roleId);
    const entry = this.#secretIds.get(String(secretId));
    const isValid = entry !== undefined && entry.role === role?.name && entry.expiresAt > this.clock.now();
    if (role === undefined || !isValid) return refusal(400, 'invalid role or secret ID');
    if (entry.isLimited) {
      entry.usesLeft -= 1;
      if (entry.usesLeft === 0) this.#secretIds.delete(String(secretId));
    }
    const {
      token_ttl: ttl,
      token_max_ttl: maxTtl,
      token_policies: policies,
      token_type: type,
    } = role.settings;
    const now = this.clock.now();
    const ttlMs = millisecondsOf(ttl ?? 3600);
    const isRenewable = type !== 'batch';
    const endsForGood = now + (maxTtl === undefined ? Infinity : millisecondsOf(maxTtl));
    const token = `hvs.${randomUUID()}`;
    this.#give(token);
    const expiresAt = Math.min(now + ttlMs, endsForGood);
    this.tokens.set(token, { policies: policies as string[], ttlMs, isRenewable, endsForGood, expiresAt });
    const metadata = { role_name: role.name };
    const lease = { lease_duration: (expiresAt - now) / 1000, renewable: isRenewable };
    return { status: 200, body: { data: null, auth: { client_token: token, metadata, ...lease } } };
  }

  #tokenCall({ path, token: id }: VaultRequest, token: Token): VaultReply {
    const now = this.clock.now();
    switch (path.slice('auth/token/'.length)) {
      case 'renew-self':
        if (!token.isRenewable) return refusal(400, 'lease is not renewable');
        token.expiresAt = Math.min(now + token.ttlMs, token.endsForGood);
        return {
          status: 200,
          body: { auth: { lease_duration: (token.expiresAt - now) / 1000, renewable: true } },
        };
      case 'lookup-self': {
        const ttl = token.expiresAt === Infinity ? 0 : (token.expiresAt - now) / 1000;
        return granted({ ttl, renewable: token.isRenewable });
      }
      case 'revoke-self':
        this.tokens.delete(id ?? '');
        return nothing;
      default:
        return this.#noHandler(path);
    }
  }

  #capabilities({ paths }: VaultRequest['body'], { policies }: Token): VaultReply {
    const rules = policies.flatMap((name) => this.#policies.get(name) ?? []);
    const of = (path: string): string[] => {
      if (policies.includes(ROOT)) return [ROOT];
      const held = rules.filter(({ pattern }) => pattern.test(path)).flatMap((rule) => rule.capabilities);
      return held.length === 0 ? ['deny'] : held;
    };
    return granted(Object.fromEntries((paths as string[]).map((path) => [path, of(path)])));
  }

  #mountOf(path: string, token: Token): VaultReply {
    const mount = this.#mountFor(path);
    const readable =
      mount !== null && this.#allows(token, this.#apiPath(mount, path), ['read', 'create', 'update']);
    if (!readable)
      return refusal(
        403,
        "preflight capability check returned 403, please ensure client's policies grant access",
      );
    return granted({ type: 'kv', path: `${mount}/`, options: { version: this.#mounts.get(mount) } });
  }

  #apiPath(mount: string, path: string): string {
    return this.#mounts.get(mount) === '2' ? `${mount}/data/${path.slice(mount.length + 1)}` : path;
  }

  #setup({ method, path, body }: VaultRequest): VaultReply {
    const [, kind, ...rest] = path.split('/');
    const name = rest.join('/');
    if (kind === 'mounts' && method === 'DELETE') {
      this.#mounts.delete(name);
    } else if (kind === 'mounts') {
      const { version } = (body['options'] ?? {}) as { version?: '1' | '2' };
      this.#mounts.set(name, version ?? '1');
    } else if (kind === 'policies') {
      this.#policies.set(name.replace(/^acl\//, ''), rulesOf(String(body['policy'])));
    } else if (kind === 'auth') {
      this.isAppRoleEnabled = true;
    } else {
      return this.#noHandler(path);
    }
    return nothing;
  }

  #role({ method, path, body }: VaultRequest): VaultReply {
    const [name = '', call = '', verb = ''] = path.slice('auth/approle/role/'.length).split('/');
    if (call === '' && method !== 'GET') {
      this.#roles.set(name, { name, roleId: this.#roles.get(name)?.roleId ?? randomUUID(), settings: body });
      return nothing;
    }
    const role = this.#roles.get(name);
    if (role === undefined) return refusal(404, `role "${name}" does not exist`);
    if (call === 'role-id') return granted({ role_id: role.roleId });
    const secretId = String(body['secret_id']);
    const entry = this.#secretIds.get(secretId);
    if (verb === 'destroy') this.#secretIds.delete(secretId);
    if (verb === 'destroy' || (verb === 'lookup' && entry === undefined)) return nothing;
    if (verb === 'lookup' && entry !== undefined) {
      const expires = entry.expiresAt === Infinity ? '0001-01-01T00:00:00Z' : isoOf(entry.expiresAt);
      return granted({ secret_id_num_uses: entry.isLimited ? entry.usesLeft : 0, expiration_time: expires });
    }
    return this.#newSecretId(role);
  }

  #newSecretId({ name, settings }: Role): VaultReply {
    const uses = Number(settings['secret_id_num_uses'] ?? 0);
    const ttlMs = millisecondsOf(settings['secret_id_ttl'] ?? 0);
    const secretId = randomUUID();
    this.#give(secretId);
    const expiresAt = ttlMs === 0 ? Infinity : this.clock.now() + ttlMs;
    this.#secretIds.set(secretId, { role: name, usesLeft: uses, isLimited: uses > 0, expiresAt });
    return granted({ secret_id: secretId });
  }

  #secret({ method, path, body }: VaultRequest): VaultReply {
    const mount = this.#mountFor(path);
    if (mount === null) return this.#noHandler(path);
    if (this.#mounts.get(mount) === '1') return this.#version1(method, path, body);
    const versions = this.#secrets.get(path) ?? [];
    const newest = versions.at(-1);
    if (method === 'GET') {
      if (newest === undefined) return refusal(404);
      const data = { data: newest.isDeleted ? null : newest.data, metadata: { version: versions.length } };
      return { ...granted(data), status: newest.isDeleted ? 404 : 200 };
    }
    if (method === 'DELETE') {
      if (newest !== undefined) newest.isDeleted = true;
      return nothing;
    }
    const { cas } = (body['options'] ?? {}) as { cas?: number };
    if (cas !== undefined && cas !== versions.length)
      return refusal(400, 'check-and-set parameter did not match the current version');
    this.#secrets.set(path, [...versions, { data: body['data'], isDeleted: false }]);
    return granted({ version: versions.length + 1 });
  }

  #version1(method: string, path: string, body: unknown): VaultReply {
    const held = this.#secrets.get(path)?.at(-1);
    if (method === 'GET') return held === undefined ? refusal(404) : granted(held.data);
    this.#secrets.set(path, [{ data: body, isDeleted: false }]);
    return nothing;
  }

  #mountFor(path: string): string | null {
    return [...this.#mounts.keys()].find((mount) => path.startsWith(`${mount}/`)) ?? null;
  }

  #may(token: Token, { method, path }: VaultRequest): boolean {
    const needed: Capability[] =
      method === 'GET' ? ['read'] : method === 'DELETE' ? ['delete'] : this.#writing(path);
    return this.#allows(token, path, needed);
  }

  #writing(path: string): Capability[] {
    return path.startsWith('auth/') || this.#secrets.has(path) ? ['update'] : ['create'];
  }

  #allows({ policies }: Token, path: string, anyOf: readonly Capability[]): boolean {
    if (policies.includes(ROOT)) return true;
    const rules = policies.flatMap((name) => this.#policies.get(name) ?? []);
    return rules.some(
      ({ pattern, capabilities }) => pattern.test(path) && anyOf.some((each) => capabilities.includes(each)),
    );
  }

  #noHandler(path: string): VaultReply {
    return refusal(404, `no handler for route "${path}". route entry not found.`);
  }
}

/** The rules of a policy in HCL: `+` stands for one segment, a final `*` for any rest. */
function rulesOf(policy: string): Rule[] {
  const blocks = policy.matchAll(/path\s+"([^"]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]\s*\}/g);
  return [...blocks].map(([, path = '', list = '']) => ({
    pattern: new RegExp(`^${path.replace(/\./g, '\\.').replace(/\+/g, '[^/]+').replace(/\*$/, '.*')}$`),
    capabilities: list.split(',').map((each) => each.trim().replaceAll('"', '')),
  }));
}

function millisecondsOf(duration: unknown): number {
  return Number(String(duration).replace(/s$/, '')) * 1000;
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
