import type { VaultSettings } from '../../config/secret-store-choice.js';
import type { Logger } from '../../observability/logger.js';
import type { Clock } from '../../platform/clock.js';
import { Mutex } from '../../platform/mutex.js';
import type { Random } from '../../platform/random.js';
import { isPem, type SecretName, SecretStore, type StoreTerms } from '../secret-store.js';
import { VaultApi, type VaultSecret } from './vault-api.js';
import { VaultUnavailable, type VaultFault } from './vault-fault.js';
import { VaultSession } from './vault-session.js';

interface Place {
  readonly secret: 'services' | 'keys';
  readonly field: string;
}

const PLACE_OF: Readonly<Record<SecretName, Place>> = {
  private_key: { secret: 'keys', field: 'private_key' },
  next_private_key: { secret: 'keys', field: 'next_private_key' },
  admin_token: { secret: 'services', field: 'admin_token' },
  app_url: { secret: 'services', field: 'app_url' },
  bootstrap_servers: { secret: 'services', field: 'LATTICE_BOOTSTRAP_SERVERS' },
  database_url: { secret: 'services', field: 'database_url' },
};

/** What the policy of docs/secrets.md grants: keys are written by a first start and by a rotation. */
const NEEDED: Readonly<Record<Place['secret'], readonly string[]>> = {
  services: ['read'],
  keys: ['create', 'read', 'update'],
};

/** Changes of a secret by others that a write puts up with. */
const MAX_CAS_ATTEMPTS = 5;

type Fields = VaultSecret['fields'];

export interface VaultSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Secrets as fields of two secrets of Vault's KV version 2 engine: `services` holds settings, `keys` the private keys.
 *
 * A write changes its own field and leaves the others as they are, by check-and-set; where somebody else changed that
 * very field meanwhile, it fails rather than overwrite. Moving the next key over the current one is one new version.
 */
export class VaultSecretStore extends SecretStore {
  readonly #settings: VaultSettings;
  readonly #api: VaultApi;
  readonly #session: VaultSession;
  readonly #changes = new Mutex();

  constructor(settings: VaultSettings, { clock, random, logger }: VaultSurroundings) {
    super();
    this.#settings = settings;
    this.#api = new VaultApi(settings, clock);
    this.#session = new VaultSession(
      this.#api,
      settings,
      clock,
      random,
      logger.child({ component: 'vault' }),
    );
  }

  override get problem(): string | null {
    return this.#session.problem;
  }

  async read(name: SecretName): Promise<string | null> {
    const { secret, field } = PLACE_OF[name];
    const { fields } = await this.#session.use((token) => this.#api.read(token, secret));
    const text = this.#textOf(fields, { secret, field });
    return isPem(name) ? text : (text?.replace(/\r?\n$/, '') ?? null);
  }

  write(name: SecretName, value: string): Promise<void> {
    const place = PLACE_OF[name];
    return this.#change(place, (fields) => ({ ...fields, [place.field]: value }));
  }

  promote(from: SecretName, to: SecretName): Promise<void> {
    const [source, target] = [PLACE_OF[from], PLACE_OF[to]];
    if (source.secret !== target.secret) throw new TypeError(`${from} and ${to} are not kept together.`);
    return this.#change(target, (fields) => {
      const value = this.#textOf(fields, source);
      if (value === null) throw this.#failure({ kind: 'field_missing', ...source });
      return { ...without(fields, source.field), [target.field]: value };
    });
  }

  remove(name: SecretName): Promise<void> {
    const place = PLACE_OF[name];
    return this.#change(place, (fields) => (place.field in fields ? without(fields, place.field) : fields));
  }

  override placeOf(name: SecretName): string {
    const { mount, path } = this.#settings;
    const { secret, field } = PLACE_OF[name];
    return `${field} of ${mount}/${path}/${secret} in Vault`;
  }

  override async examine(): Promise<StoreTerms | null> {
    const denied: string[] = [];
    for (const [secret, needed] of Object.entries(NEEDED)) {
      const held = await this.#session.use((token) => this.#api.capabilities(token, secret));
      const isWithout = (each: string): boolean =>
        held !== null && !held.includes('root') && !held.includes(each);
      const { mount, path } = this.#settings;
      denied.push(...needed.filter(isWithout).map((each) => `${each} ${mount}/data/${path}/${secret}`));
    }
    const { terms } = this.#session;
    if (terms === null) return null;
    const { lease, secretId } = terms;
    return {
      tokenEndsAt: lease.endsAt === Infinity ? null : lease.endsAt,
      isTokenRenewable: lease.isRenewable,
      secretIdEndsAt: secretId === null ? undefined : secretId.expiresAt,
      isSecretIdUsedUp: secretId?.isUsedUp === true,
      denied,
    };
  }

  override close(): Promise<void> {
    return this.#session.close();
  }

  /** One new version of the secret, or none where nothing changes. */
  #change({ secret, field }: Place, change: (fields: Fields) => Fields): Promise<void> {
    return this.#changes.run(async () => {
      let before: VaultSecret | null = null;
      for (let attempt = 0; attempt < MAX_CAS_ATTEMPTS; attempt += 1) {
        const current = await this.#session.use((token) => this.#api.read(token, secret));
        if (before !== null && before.fields[field] !== current.fields[field])
          throw this.#failure({ kind: 'field_taken', secret, field });
        before = current;
        const fields = change(current.fields);
        if (fields === current.fields) return;
        if (await this.#written(secret, { version: current.version, fields })) return;
      }
      throw this.#failure({ kind: 'contended', secret });
    });
  }

  /** False where somebody else was faster. */
  async #written(secret: string, value: VaultSecret): Promise<boolean> {
    try {
      await this.#session.use((token) => this.#api.write(token, secret, value));
      return true;
    } catch (error) {
      if (error instanceof VaultUnavailable && error.fault.kind === 'cas_conflict') return false;
      throw error;
    }
  }

  /** Null for a field that is not there or empty. */
  #textOf(fields: Fields, { secret, field }: Place): string | null {
    const value = fields[field];
    if (value === undefined || value === '') return null;
    if (typeof value !== 'string') throw this.#failure({ kind: 'field_not_text', secret, field });
    return value;
  }

  #failure(fault: VaultFault): VaultUnavailable {
    return new VaultUnavailable(fault, this.#settings);
  }
}

function without(fields: Fields, field: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
}
